# The checker's verdicts against themselves.
TESTS_ONCE += tests/check/agree.sh
