# What is installed, and what is given away: `make install`, `make libshootdown.a`, `make dist`, `make man`.
#
#	make install [PREFIX=/usr/local] [DESTDIR=]	the checker, its pages and scenarios, the library's sources and headers
#	make libshootdown.a HOST_HEADER=my/host.h	the library compiled for one host; then make install installs it too
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
	$(DATADIR)/fish/vendor_completions.d/shootdown.fish $(LIBDIR)/pkgconfig/shootdown.pc

$(BUILD)/shootdown.pc: script/shootdown.pc.in include/shootdown/version.h
	@mkdir -p $(@D)
	sed -e 's,@PREFIX@,$(PREFIX),' -e 's,@INCLUDEDIR@,$(INCLUDEDIR),' -e 's,@LIBDIR@,$(LIBDIR),' \
		-e 's,@DATADIR@,$(DATADIR),' -e 's,@VERSION@,$(VERSION),' $< >$@

.PHONY: install uninstall
install: $(BUILD)/shootdown $(BUILD)/shootdown.pc
	$(INSTALL) -D $(BUILD)/shootdown $(DESTDIR)$(BINDIR)/shootdown
	$(INSTALL) -D -m 644 man/shootdown.1 $(DESTDIR)$(DATADIR)/man/man1/shootdown.1
	$(INSTALL) -D -m 644 completions/shootdown.bash $(DESTDIR)$(DATADIR)/bash-completion/completions/shootdown
	$(INSTALL) -D -m 644 completions/_shootdown $(DESTDIR)$(DATADIR)/zsh/site-functions/_shootdown
	$(INSTALL) -D -m 644 completions/shootdown.fish $(DESTDIR)$(DATADIR)/fish/vendor_completions.d/shootdown.fish
	$(INSTALL) -D -m 644 $(BUILD)/shootdown.pc $(DESTDIR)$(LIBDIR)/pkgconfig/shootdown.pc
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
	rm -rf $(DESTDIR)$(INCLUDEDIR)/shootdown $(DESTDIR)$(DATADIR)/shootdown
