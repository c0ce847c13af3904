"""The notebooks of docs/notebooks run from their first cell to their last, as in Jupyter, on a release of a company."""

import os
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from pipelines.settings import PROJECT_ROOT
from tests.small_company import refresh, write_inbox

NOTEBOOKS = sorted((PROJECT_ROOT / "docs" / "notebooks").glob("*.ipynb"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_kept_without_what_its_cells_gave(path: Path) -> None:
    """Answers are clients' data of somebody's release; none of them belongs into the repository."""
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert cells and all(not cell.outputs and cell.execution_count is None for cell in cells)


@pytest.mark.slow
def test_retention_ties_from_the_rate_to_the_invoice_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_inbox(tmp_path)
    done = refresh(tmp_path)
    assert done.returncode == 0, done.stderr
    for name in [name for name in os.environ if name.startswith("TENURE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("TENURE_HOME", str(tmp_path))
    notebook = nbformat.read(PROJECT_ROOT / "docs" / "notebooks" / "retention.ipynb", as_version=4)
    NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(tmp_path)}}).execute()
    outputs = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    said = "\n".join(str(output.data.get("text/plain")) for output in outputs if "data" in output)
    assert "1 account managers: every rate is the one of its amounts" in said
    assert "Ann Manager: NRR 66.7% of 1,800.00 from 2 clients" in said
    # A year before, two lines of 2024 were in force; now it is one of 2025.
    assert "3 invoice lines make the 3 recurring balances of 2 clients" in said
    (figure,) = (data for output in outputs if (data := output.get("data", {}).get("application/vnd.plotly.v1+json")))
    assert figure["data"][0]["y"] == ["Ann Manager"] and abs(figure["data"][0]["x"][0] - 66.666667) < 1e-5


@pytest.mark.slow
def test_a_cell_that_does_not_tie_stops_the_notebook() -> None:
    """So that the test above can fail: an assertion of a cell is an error of the run."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("assert 1 == 2")])
    with pytest.raises(CellExecutionError, match="AssertionError"):
        NotebookClient(notebook, timeout=120).execute()
