/* SPDX-License-Identifier: MIT */
/*
 * paint.c - the colours and letters of drawings, as presentation attributes and as style sheets.
 *
 * A drawing is shown in two places. Alone, it must look right in viewers that know no style sheets, so light colours
 * are attributes of each shape, and a style sheet adds the dark ones. In a page all shapes share the page's style
 * sheet, and they carry only a class. Both are made from the same table, so they cannot differ.
 */
#include <assert.h>
#include <string.h>
#include "report/paint.h"

#define MONO "'DejaVu Sans Mono',Menlo,Consolas,'Liberation Mono',monospace"
#define SANS "'DejaVu Sans',system-ui,'Segoe UI',Roboto,'Noto Sans',sans-serif"

/* Declarations as in a style sheet, "name:value;"; what is dark names only what differs there. */
struct paint_look {
	const char *name, *light, *dark;
};

static const struct paint_look looks[PAINTS] = {
	[PAINT_PAPER] = { "paper", "fill:#ffffff;", "fill:#11151b;" },
	[PAINT_TITLE] = { "title", "fill:#1b2330;font-family:" SANS ";font-size:19px;font-weight:600;",
			  "fill:#e4e9f0;" },
	[PAINT_SUB] = { "sub", "fill:#5d6878;font-family:" SANS ";font-size:13px;", "fill:#97a3b3;" },
	[PAINT_VERDICT] = { "verdict", "fill:#c01530;font-family:" SANS ";font-size:13px;font-weight:600;",
			    "fill:#ff7078;" },
	[PAINT_PROSE] = { "prose", "fill:#1b2330;font-family:" SANS ";font-size:13px;", "fill:#e4e9f0;" },
	[PAINT_FAINT] = { "faint", "fill:#5d6878;font-family:" SANS ";font-size:12px;", "fill:#97a3b3;" },
	[PAINT_NAME] = { "name", "fill:#1b2330;font-family:" SANS ";font-size:13px;font-weight:600;", "fill:#e4e9f0;" },
	[PAINT_TEXT] = { "text", "fill:#1b2330;font-family:" MONO ";font-size:12px;", "fill:#e4e9f0;" },
	[PAINT_NOTE] = { "note", "fill:#5d6878;font-family:" MONO ";font-size:10.5px;", "fill:#97a3b3;" },
	[PAINT_STEP] = { "step", "fill:#5d6878;font-family:" MONO ";font-size:11px;text-anchor:end;", "fill:#97a3b3;" },
	[PAINT_PANEL] = { "panel", "fill:#f4f6f9;stroke:#c9d1dc;", "fill:#1a2029;stroke:#3a4553;" },
	[PAINT_LIFE] = { "life", "fill:none;stroke:#aab4c1;stroke-width:1.5px;", "stroke:#4d5968;" },
	[PAINT_GAP] = { "gap", "fill:none;stroke:#aab4c1;stroke-width:1.5px;stroke-dasharray:1.5,3.5;",
			"stroke:#4d5968;" },
	[PAINT_DOT] = { "dot", "fill:#ffffff;stroke:#5d6878;stroke-width:1.5px;", "fill:#11151b;stroke:#97a3b3;" },
	[PAINT_HOLD] = { "hold", "fill:#eaa922;", "fill:#d39a21;" },
	[PAINT_STALE] = { "stale", "fill:#dc3545;", "fill:#e5484d;" },
	[PAINT_GROUND] = { "ground", "fill:#fdf6e8;", "fill:#221c12;" },
	[PAINT_GROUND_BAD] = { "ground-bad", "fill:#fdecee;", "fill:#331519;" },
	[PAINT_OPERATION] = { "operation", "fill:none;stroke:#5d6878;stroke-width:2px;", "stroke:#97a3b3;" },
	[PAINT_BOX] = { "box", "fill:#f4f6f9;stroke:#c9d1dc;", "fill:#1a2029;stroke:#3a4553;" },
	[PAINT_BOX_LOCK] = { "lock", "fill:#ffffff;stroke:#aab4c1;stroke-dasharray:3,2;",
			     "fill:#11151b;stroke:#4d5968;" },
	[PAINT_BOX_IRQ] = { "irq", "fill:#e3effe;stroke:#1f6feb;", "fill:#14294a;stroke:#6cb0ff;" },
	[PAINT_BOX_HARDWARE] = { "hardware", "fill:#f0e8fc;stroke:#7c45c9;", "fill:#2a1d42;stroke:#bf95f9;" },
	[PAINT_BOX_OPERATION] = { "op", "fill:#e4e8ee;stroke:#5d6878;", "fill:#2c3542;stroke:#97a3b3;" },
	[PAINT_BOX_BAD] = { "bad", "fill:#fdecee;stroke:#c01530;", "fill:#331519;stroke:#ff7078;" },
	[PAINT_OUTLINE] = { "outline", "fill:none;stroke:#9a5200;stroke-width:2px;", "stroke:#ffb757;" },
	[PAINT_OUTLINE_BAD] = { "outline-bad", "fill:none;stroke:#c01530;stroke-width:2.5px;", "stroke:#ff7078;" },
	[PAINT_PILL] = { "pill", "fill:#9a5200;", "fill:#ffb757;" },
	[PAINT_PILL_BAD] = { "pill-bad", "fill:#c01530;", "fill:#ff7078;" },
	[PAINT_PILL_TEXT] = { "pill-text",
			      "fill:#ffffff;font-family:" SANS ";font-size:11px;font-weight:600;text-anchor:middle;",
			      "fill:#11151b;" },
	[PAINT_SENDS] = { "sends", "fill:none;stroke:#1f6feb;stroke-width:1.6px;", "stroke:#6cb0ff;" },
	[PAINT_SENDS_TIP] = { "sends-tip", "fill:#1f6feb;", "fill:#6cb0ff;" },
	[PAINT_FREES] = { "frees", "fill:none;stroke:#c01530;stroke-width:2.6px;", "stroke:#ff7078;" },
	[PAINT_FREES_TIP] = { "frees-tip", "fill:#c01530;", "fill:#ff7078;" },
	[PAINT_CLEARS] = { "clears", "fill:none;stroke:#9a5200;stroke-width:1.4px;stroke-dasharray:5,3;",
			   "stroke:#ffb757;" },
	[PAINT_CLEARS_TIP] = { "clears-tip", "fill:#9a5200;", "fill:#ffb757;" },
	[PAINT_LANE_IN_USE] = { "in-use", "fill:#d7efdc;stroke:#1a7f37;", "fill:#17351f;stroke:#56d364;" },
	[PAINT_LANE_FREE] = { "free", "fill:#ffffff;stroke:#9a5200;stroke-dasharray:4,3;",
			      "fill:#11151b;stroke:#ffb757;" },
	[PAINT_LANE_REUSED] = { "reused", "fill:#fdecee;stroke:#c01530;", "fill:#331519;stroke:#ff7078;" },
	[PAINT_LANE_OTHER] = { "other", "fill:#f4f6f9;stroke:#5d6878;", "fill:#1a2029;stroke:#97a3b3;" },
	[PAINT_LANE_TEXT] = { "lane-text", "fill:#1b2330;font-family:" SANS ";font-size:11px;font-weight:600;",
			      "fill:#e4e9f0;" },
	[PAINT_MISSING] = { "missing", "fill:#eaf6ec;stroke:#1a7f37;stroke-width:1.6px;stroke-dasharray:6,4;",
			    "fill:#12291a;stroke:#56d364;" },
	[PAINT_MISSING_TEXT] = { "missing-text", "fill:#135c28;font-family:" SANS ";font-size:12px;", "fill:#7ee08c;" },
	[PAINT_TARGET] = { "target", "fill:none;stroke:none;", "" },
};

/*
 * "fill:#fff;font-size:12px;" as attributes; a length without a unit is in pixels there. The look is a
 * constant of this file, and each of its declarations ends with a semicolon.
 */
static void print_attributes(const char *look, FILE *out)
{
	assert(look && out);
	while (*look) {
		const char *value = strchr(look, ':'), *end;
		size_t length;

		assert(value);
		end = strchr(value, ';');
		length = (size_t)(end - value) - 1;
		if (length > 2 && !strncmp(end - 2, "px", 2))
			length -= 2;
		fprintf(out, " %.*s=\"%.*s\"", (int)(value - look), look, (int)length, value + 1);
		look = end + 1;
	}
}

/* The class is always there: in a drawing alone it is what the dark colours hang on. */
void report_paint(enum paint paint, bool page, FILE *out)
{
	assert(out);
	assert(paint < PAINTS);
	fprintf(out, " class=\"sd-%s\"", looks[paint].name);
	if (!page)
		print_attributes(looks[paint].light, out);
}

/*
 * With @dark_only for a drawing alone, whose light colours are attributes. Dark colours are for screens
 * only, so that nobody prints a black page.
 */
void report_paint_sheet(bool dark_only, FILE *out)
{
	assert(out);
	for (int i = 0; i < PAINTS && !dark_only; i++)
		fprintf(out, ".sd-%s{%s}\n", looks[i].name, looks[i].light);
	fputs("@media screen and (prefers-color-scheme:dark){\n", out);
	for (int i = 0; i < PAINTS; i++)
		if (*looks[i].dark)
			fprintf(out, ".sd-%s{%s}\n", looks[i].name, looks[i].dark);
	fputs("}\n", out);
}
