/* SPDX-License-Identifier: MIT */
/* markup.c - a small reader of markup: what browsers forgive is wrong here. */
#include "tests/report/markup.h"
#include "tests/report/capture.h"

enum {
	DEPTH = 32,
	NAME = 24,
};

struct markup {
	const char *at;
	char open[DEPTH][NAME];
	int depth;
	const char *wrong; /* NULL: nothing so far */
};

static bool is_void(const char *name)
{
	return !strcmp(name, "meta") || !strcmp(name, "input") || !strcmp(name, "br");
}

static bool wrong(struct markup *m, const char *what)
{
	m->wrong = m->wrong ? m->wrong : what;
	return false;
}

static bool read_entity(struct markup *m)
{
	static const char *const known[] = { "&lt;", "&gt;", "&amp;", "&quot;", "&nbsp;", "&#" };

	for (unsigned int i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (!strncmp(m->at, known[i], strlen(known[i]))) {
			m->at = strchr(m->at, ';') + 1;
			return true;
		}
	}
	return wrong(m, "unknown entity");
}

static void read_name(struct markup *m, char *name)
{
	size_t length = strcspn(m->at, " \n/>=");

	snprintf(name, NAME, "%.*s", (int)length, m->at);
	m->at += length;
}

static bool read_value(struct markup *m)
{
	if (m->at[0] != '=' || m->at[1] != '"')
		return wrong(m, "attribute without a quoted value");
	for (m->at += 2; *m->at != '"';) {
		if (*m->at == '<' || !*m->at)
			return wrong(m, "'<' in an attribute");
		if (*m->at == '&' && !read_entity(m))
			return false;
		else if (*m->at != '"')
			m->at++;
	}
	m->at++;
	return true;
}

/* "hidden", as HTML has it, needs no value. */
static bool read_attributes(struct markup *m)
{
	char name[NAME];

	while (*m->at == ' ' || *m->at == '\n') {
		m->at += strspn(m->at, " \n");
		if (strchr("/>?", *m->at))
			break;
		read_name(m, name);
		if (strcmp(name, "hidden") && !read_value(m))
			return false;
	}
	return true;
}

static bool close_tag(struct markup *m)
{
	char name[NAME];

	m->at += 2;
	read_name(m, name);
	if (!m->depth || strcmp(m->open[m->depth - 1], name))
		return wrong(m, "closes what is not open");
	m->depth--;
	m->at++;
	return true;
}

/* Scripts and style sheets of a page are not markup; they end at their closing tag. */
static bool open_tag(struct markup *m)
{
	char name[NAME], end[NAME + 3];

	m->at++;
	read_name(m, name);
	if (!read_attributes(m))
		return false;
	if (*m->at == '/') {
		m->at += 2;
		return true;
	}
	if (*m->at++ != '>' || m->depth == DEPTH)
		return wrong(m, "tag without an end");
	if (is_void(name))
		return true;
	strcpy(m->open[m->depth++], name);
	snprintf(end, sizeof(end), "</%s>", name);
	if (!strcmp(name, "script") || !strcmp(name, "style"))
		m->at = strstr(m->at, end);
	return true;
}

static bool read_item(struct markup *m)
{
	if (*m->at == '&')
		return read_entity(m);
	if (*m->at == '>')
		return wrong(m, "'>' in a text");
	if (*m->at != '<') {
		m->at++;
		return true;
	}
	if (m->at[1] == '?' || m->at[1] == '!') {
		m->at = strchr(m->at, '>') + 1;
		return true;
	}
	return m->at[1] == '/' ? close_tag(m) : open_tag(m);
}

const char *check_markup(const char *text)
{
	struct markup m = { .at = text };

	while (*m.at)
		if (!read_item(&m))
			return m.wrong;
	return m.depth ? "not closed" : NULL;
}

void assert_well_formed(const char *text)
{
	const char *what = check_markup(text);

	if (what)
		fail_msg("%s", what);
}
