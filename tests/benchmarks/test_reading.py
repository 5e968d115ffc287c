import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_benchmark_reads_a_folder_of_labelled_images(tmp_path):
    truth = json.loads((ROOT / "specimens" / "truth.json").read_text("utf-8"))
    name = "passport.jpg"
    (tmp_path / name).write_bytes((ROOT / "specimens" / name).read_bytes())
    (tmp_path / "truth.json").write_text(json.dumps({name: truth[name]}))
    outcomes = tmp_path / "outcomes.json"
    command = [sys.executable, "-m", "benchmarks.reading", tmp_path, "--readers", "docverify"]
    done = subprocess.run(
        [*command, "--json", outcomes], cwd=ROOT, capture_output=True, text=True, check=True
    )
    rows = json.loads(outcomes.read_text())
    assert len(rows) == 10
    assert [row["exact"] for row in rows if row["capture"] == "as it is"] == [True]
    assert all(0 < row["networks"] <= row["cpu"] for row in rows)
    assert "docverify" in done.stdout
