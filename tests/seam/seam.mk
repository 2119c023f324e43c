# The compiler as the seam for memory: what each compiler tells, what the objects may have in them, places in the source.
TESTS += $(addprefix $(BUILD)/tests/seam/,lines)

# As the code under test is built: the return address of a call that became a jump would be its caller's.
$(BUILD)/tests/seam/lines.o: CFLAGS += -fno-optimize-sibling-calls
