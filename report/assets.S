/* SPDX-License-Identifier: MIT */
/* assets.S - the files of assets/ inside the program: page, style sheet and script of an HTML report, as strings. */

.macro asset name, file
	.globl \name
\name:
	.incbin "\file"
	.byte 0
.endm

	.section .rodata
	asset report_asset_page, "report/assets/page.html"
	asset report_asset_style, "report/assets/report.css"
	asset report_asset_script, "report/assets/report.js"

	.section .note.GNU-stack, "", %progbits
