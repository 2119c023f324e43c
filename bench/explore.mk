# The explorer on the programs that its peers were measured with.
BENCHES += $(BUILD)/bench/explore

$(BUILD)/bench/explore: $(BUILD)/bench/explore.o $(OBJ_programs) $(OBJ_explore)
	@mkdir -p $(@D)
	$(LINK) -o $@ $^
