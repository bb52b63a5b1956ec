"""The report in a browser that can reach nothing: no request, no complaint, both languages."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from html import unescape
from pathlib import Path

import pytest

from evergreen.report.write import report
from report.made import figures

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = pytest.mark.skipif(BROWSER is None, reason="no Chromium is installed to open the report in")

# what the page says in each language, and what it has asked for
PROBE = """
<script>
const said = {};
for (const language of ["zh", "en"]) {
  document.getElementById(language).checked = true;
  said[language] = document.body.innerText;
}
said.requests = performance.getEntriesByType("resource").map(entry => entry.name);
document.documentElement.innerHTML = "<pre>" + JSON.stringify(said).replaceAll("<", "&lt;") + "</pre>";
</script>
"""


def browse(page: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    assert BROWSER
    return subprocess.run(
        [
            *(BROWSER, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"),
            *("--proxy-server=http://127.0.0.1:9", "--enable-logging=stderr", "--virtual-time-budget=3000"),
            *(f"--user-data-dir={page.parent / 'profile'}", *arguments, page.as_uri()),
        ],
        capture_output=True,
        text=True,
        timeout=180,
        check=True,
    )


def test_it_opens_without_a_request_or_a_complaint(tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    page.write_text(report(figures()), encoding="utf-8")
    said = browse(page, "--dump-dom")
    assert "CONSOLE" not in said.stderr
    assert said.stdout.count("<svg") == 9


def test_a_complaint_would_be_noticed(tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    text = report(figures()).replace("</main>", '<img src="http://example.org/x.png"></main>')
    page.write_text(text, encoding="utf-8")
    assert "CONSOLE" in browse(page, "--dump-dom").stderr


def test_it_speaks_the_language_that_is_chosen(tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    text = re.sub(r"<meta http-equiv[^>]*>", "", report(figures()))  # the policy would refuse our script
    page.write_text(text.replace("</body>", f"{PROBE}</body>"), encoding="utf-8")
    found = re.search(r"<pre>(.*)</pre>", browse(page, "--dump-dom").stdout, re.DOTALL)
    assert found
    said = json.loads(unescape(found[1]))
    assert said["requests"] == []
    assert "Cohorts" in said["en"] and "同期群" not in said["en"]
    assert "同期群" in said["zh"] and "Cohorts" not in said["zh"]
