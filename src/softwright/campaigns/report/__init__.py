"""The report of a campaign, for people (HTML) and for programs (JSON)."""

from softwright.campaigns.report.diff import FileDiff, Hunk, Line, file_diff
from softwright.campaigns.report.page import render_html, report_json, summary_line

__all__ = ["FileDiff", "Hunk", "Line", "file_diff", "render_html", "report_json", "summary_line"]
