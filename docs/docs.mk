# What is generated in docs/: `make docs` after a rule, a fact, a scenario or the checker's pictures have changed. The
# results are committed, because they are read where nothing is built; tests/docs/docs.sh finds a page out of date.
RULES_FROM := include/shootdown/rules.def mm/rules.def $(wildcard lib/*/*.c mm/*.c litmus/*/*.litmus tests/calls/*.litmus)
FACTS_FROM := include/shootdown/facts.def $(sort $(wildcard arch/*.h))

.PHONY: docs docs/rules.md docs/facts.md docs/munmap-vs-unmap_mapping_range.svg
docs: docs/rules.md docs/facts.md docs/munmap-vs-unmap_mapping_range.svg

docs/rules.md:
	LC_ALL=C awk -f docs/page.awk -f docs/rules.awk $(RULES_FROM) >$@

docs/facts.md:
	LC_ALL=C awk -f docs/page.awk -f docs/facts.awk $(FACTS_FROM) >$@

# Exit status 1 is what it is for: without the rule, `expect safe` does not hold. One worker, since of two the one that is
# faster decides which execution is found first. The line that replays it is from the root; here it is from the top of the
# tree, wherever that stands.
docs/munmap-vs-unmap_mapping_range.svg: $(BUILD)/shootdown
	rm -rf $(BUILD)/pictures && mkdir -p $(BUILD)/pictures
	$(BUILD)/shootdown check --quiet --jobs 1 --svg $(BUILD)/pictures --without pfn-flush-before-unlink --arch x86_64 \
		litmus/rmap/munmap-vs-unmap_mapping_range.litmus >$(BUILD)/pictures/timeline; [ $$? = 1 ]
	sed 's,$(CURDIR)/,,g' $(BUILD)/pictures/munmap-vs-unmap_mapping_range-*.svg >$@
