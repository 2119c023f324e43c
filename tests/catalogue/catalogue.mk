# The translator of herd's tests, and the machine's answers to them.
TESTS_ONCE += tests/catalogue/translator.py tests/catalogue/run.sh
