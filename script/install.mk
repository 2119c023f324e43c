# What is installed, and what is given away: `make install`, `make libshootdown.a`, `make dist`, `make man`.
#
#	make install [PREFIX=/usr/local] [DESTDIR=]	the checker, its pages and scenarios, the library's sources and headers
#	make libshootdown.a HOST_HEADER=my/host.h	the library compiled for one host; then make install installs it too
#	make libshootdown-check.a			the checker without an mm, to be linked with one; installed in any case
#	make uninstall					with the same PREFIX and DESTDIR
#	make dist					$(BUILD)/shootdown-VERSION.tar.gz: two files, headers, rows
#	make man completions				the page and the completions again, from the program's own help
PREFIX       ?= /usr/local
BINDIR       ?= $(PREFIX)/bin
LIBDIR       ?= $(PREFIX)/lib
INCLUDEDIR   ?= $(PREFIX)/include
DATADIR      ?= $(PREFIX)/share
INSTALL      ?= install
HOST_HEADER  ?=
VERSION      := $(shell sed -n 's/^\#define SHOOTDOWN_VERSION "\(.*\)"/\1/p' include/shootdown/version.h)

# ---- the library, for one host ----

OBJ_host := $(patsubst %.c,$(BUILD)/for-host/%.o,$(SRC_lib_only))

.PHONY: libshootdown.a
libshootdown.a: $(BUILD)/libshootdown.a
ifeq ($(HOST_HEADER),)
$(BUILD)/libshootdown.a:
	@echo 'make libshootdown.a: name your host header: HOST_HEADER=path/to/it.h (docs/porting.md)' >&2; exit 2
else
$(BUILD)/for-host/%.o: %.c $(HOST_HEADER)
	@mkdir -p $(@D)
	$(CC) -std=c11 -ffreestanding $(WARN) $(CPPFLAGS) $(CFLAGS) -Iinclude -I. \
		-DSHOOTDOWN_HOST_HEADER='"$(abspath $(HOST_HEADER))"' -MMD -MP -c -o $@ $<
$(BUILD)/libshootdown.a: $(OBJ_host)
	rm -f $@ && $(AR) rcs $@ $^
endif

# ---- the checker, for other people's code ----

# What examples/own-mm links with its kernel: all but our mm, and the library, which a kernel compiles with its own host.
OBJ_for_subjects = $(filter-out $(call obj,$(SRC_lib_only) $(SRC_mm)),$(OBJ_checker)) $(BUILD)/check/main.o
CHECK_HEADERS = machine/machine.h machine/geometry.h machine/format.h
CHECK_FILES   = shootdown-check.mk subject.h subject.lds subject.syms subject.allow lint-object.awk

.PHONY: libshootdown-check.a
libshootdown-check.a: $(BUILD)/libshootdown-check.a
$(BUILD)/libshootdown-check.a: $(OBJ_for_subjects)
	rm -f $@ && $(AR) rcs $@ $^

# ---- pages ----

.PHONY: man completions
man: $(BUILD)/shootdown
	script/man $< >man/shootdown.1
completions: $(BUILD)/shootdown
	script/completions $< completions

# ---- two files ----

DIST := $(BUILD)/shootdown-$(VERSION)

.PHONY: dist
dist:
	rm -rf $(DIST)
	script/amalgamate $(DIST)
	cp -R include arch LICENSE README.md CHANGELOG.md docs/porting.md $(DIST)/
	tar -C $(BUILD) -czf $(DIST).tar.gz shootdown-$(VERSION)
	@echo $(DIST).tar.gz

# ---- install ----

INSTALLED_pages = $(DATADIR)/man/man1/shootdown.1 \
	$(DATADIR)/bash-completion/completions/shootdown $(DATADIR)/zsh/site-functions/_shootdown \
	$(DATADIR)/fish/vendor_completions.d/shootdown.fish $(LIBDIR)/pkgconfig/shootdown.pc \
	$(LIBDIR)/pkgconfig/shootdown-check.pc $(LIBDIR)/libshootdown-check.a

# Made again each time: PREFIX may be another one.
.PHONY: pkg-config-files
pkg-config-files:
	@mkdir -p $(BUILD)
	for name in shootdown shootdown-check; do \
		sed -e 's,@PREFIX@,$(PREFIX),' -e 's,@INCLUDEDIR@,$(INCLUDEDIR),' -e 's,@LIBDIR@,$(LIBDIR),' \
			-e 's,@DATADIR@,$(DATADIR),' -e 's,@VERSION@,$(VERSION),' -e 's|@CHECK_LIBS@|$(CHECK_LIBS)|' \
			script/$$name.pc.in >$(BUILD)/$$name.pc || exit 1; done

.PHONY: install uninstall
install: $(BUILD)/shootdown $(BUILD)/libshootdown-check.a pkg-config-files
	$(INSTALL) -D $(BUILD)/shootdown $(DESTDIR)$(BINDIR)/shootdown
	$(INSTALL) -D -m 644 man/shootdown.1 $(DESTDIR)$(DATADIR)/man/man1/shootdown.1
	$(INSTALL) -D -m 644 completions/shootdown.bash $(DESTDIR)$(DATADIR)/bash-completion/completions/shootdown
	$(INSTALL) -D -m 644 completions/_shootdown $(DESTDIR)$(DATADIR)/zsh/site-functions/_shootdown
	$(INSTALL) -D -m 644 completions/shootdown.fish $(DESTDIR)$(DATADIR)/fish/vendor_completions.d/shootdown.fish
	for name in shootdown shootdown-check; do \
		$(INSTALL) -D -m 644 $(BUILD)/$$name.pc $(DESTDIR)$(LIBDIR)/pkgconfig/$$name.pc || exit 1; done
	$(INSTALL) -D -m 644 $(BUILD)/libshootdown-check.a $(DESTDIR)$(LIBDIR)/libshootdown-check.a
	for file in $(CHECK_HEADERS); do \
		$(INSTALL) -D -m 644 $$file $(DESTDIR)$(INCLUDEDIR)/shootdown-check/$$file || exit 1; done
	for file in $(CHECK_FILES); do \
		$(INSTALL) -D -m 644 script/$$file $(DESTDIR)$(DATADIR)/shootdown/check/$$file || exit 1; done
	$(INSTALL) -D script/lint-object $(DESTDIR)$(DATADIR)/shootdown/check/lint-object
	for file in $$(cd include && find shootdown -type f); do \
		$(INSTALL) -D -m 644 include/$$file $(DESTDIR)$(INCLUDEDIR)/$$file || exit 1; done
	for file in arch/* lib/*.h lib/*/*; do \
		$(INSTALL) -D -m 644 $$file $(DESTDIR)$(DATADIR)/shootdown/$$file || exit 1; done
	for file in litmus/*/*.litmus docs/*.md; do \
		$(INSTALL) -D -m 644 $$file $(DESTDIR)$(DATADIR)/shootdown/$$file || exit 1; done
	if [ -f $(BUILD)/libshootdown.a ]; then \
		$(INSTALL) -D -m 644 $(BUILD)/libshootdown.a $(DESTDIR)$(LIBDIR)/libshootdown.a; fi

# Only what install has put there.
uninstall:
	rm -f $(DESTDIR)$(BINDIR)/shootdown $(addprefix $(DESTDIR),$(INSTALLED_pages)) $(DESTDIR)$(LIBDIR)/libshootdown.a
	rm -rf $(DESTDIR)$(INCLUDEDIR)/shootdown $(DESTDIR)$(INCLUDEDIR)/shootdown-check \
		$(DESTDIR)$(DATADIR)/shootdown
