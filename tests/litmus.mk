# The litmus reader alone: linked with nothing but itself, which shows that it needs nothing else. Only the test of the
# shipped scenarios is linked with the checker, which knows the names of rules and architectures.
OBJ_litmus := $(call obj,check/litmus.c check/near.c $(addprefix check/litmus_,lex.c names.c world.c place.c agent.c op.c expect.c))
TESTS_litmus := litmus_world litmus_ops litmus_expects litmus_bad
TESTS += $(TESTS_litmus:%=$(BUILD)/tests/%)
TESTS += $(BUILD)/tests/litmus_shipped
TESTS_ONCE += $(BUILD)/tests/litmus_fuzz

$(TESTS_litmus:%=$(BUILD)/tests/%): $(BUILD)/tests/%: $(BUILD)/tests/%.o $(OBJ_litmus)
	$(CC) $(CFLAGS) -o $@ $^ -lcmocka

# A bounded fuzz run; the scenarios and the bad files are its first inputs. Give it a number of runs for a longer one.
FUZZ_CC ?= clang
$(BUILD)/tests/litmus_fuzz: tests/litmus_fuzz.c tests/litmus_words.h $(wildcard check/litmus*.[ch]) tests/litmus.mk
	@mkdir -p $(@D)/litmus_fuzz.found
	$(FUZZ_CC) -std=c11 -D_GNU_SOURCE $(WARN) -O1 -g -I. -Iinclude -fsanitize=fuzzer,address,undefined \
		-fno-sanitize-recover=undefined -DFUZZ_FOUND='"$(@D)/litmus_fuzz.found"' -o $@ \
		tests/litmus_fuzz.c $(OBJ_litmus:$(BUILD)/%.o=%.c)
