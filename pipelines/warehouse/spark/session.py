"""The Spark session of a build: Java and PySpark are looked for, and Spark is told to count as the models expect."""

import contextlib
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.errors import UserError
from pipelines.settings import EngineSettings

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

JAVA = 17
JAVA_FOLDERS = ("/usr/lib/jvm", "/Library/Java/JavaVirtualMachines", "/opt/java")
# Results depend on these: nothing in the settings may change them.
EXACT = {
    "spark.sql.ansi.enabled": "true",  # an overflow or a bad cast is an error; else it is an empty cell
    "spark.sql.decimalOperations.allowPrecisionLoss": "false",  # else a product of two decimals keeps 6 decimals
    "spark.sql.timestampType": "TIMESTAMP_NTZ",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.caseSensitive": "false",
    "spark.sql.cteRecursionLevelLimit": "2000",  # the longest chain of accounts is 1,024 links
    "spark.sql.cteRecursionRowLimit": "-1",
}
QUIET = {"spark.ui.enabled": "false", "spark.ui.showConsoleProgress": "false", "spark.log.level": "ERROR"}


@contextlib.contextmanager
def spark_session(engine: EngineSettings, scratch: str) -> Iterator["SparkSession"]:
    """A session on the engine's cluster, for one build. Raises UserError where Spark, Java or the cluster is missing.

    `scratch`: the address at which Spark keeps its tables.
    """
    look_for_spark(engine)
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.appName("tenure")
    # A Connect server was started by somebody else, and refuses settings of its process.
    for name, value in {**({} if engine.is_remote else QUIET), **engine.options, **EXACT}.items():
        builder = builder.config(name, value)
    if engine.is_remote:
        builder = builder.remote(engine.master)
    else:
        os.environ["JAVA_HOME"] = str(find_java())
        builder = builder.master(engine.master).config("spark.sql.catalogImplementation", "in-memory")
        builder = builder.config("spark.sql.warehouse.dir", scratch)
        if engine.master.startswith("local"):
            builder = builder.config("spark.driver.bindAddress", "127.0.0.1").config("spark.driver.host", "127.0.0.1")
    try:
        with _output_to_log():
            session = builder.getOrCreate()
    except Exception as error:  # Spark, py4j and gRPC have errors of their own: each means that there is no session
        raise _no_session(engine, error) from None
    try:
        yield session
    finally:
        session.stop()


@contextlib.contextmanager
def _output_to_log() -> Iterator[None]:
    """What is started meanwhile writes to standard error: this process's standard output is for answers only."""
    kept = os.dup(1)
    os.dup2(2, 1)
    try:
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)


def find_java() -> Path:
    """The home of a Java 17 (or JAVA_HOME's, if it is one). Raises UserError where there is none."""
    on_path = shutil.which("java")
    candidates = [Path(home) for home in [os.environ.get("JAVA_HOME")] if home]
    candidates += [Path(on_path).resolve().parent.parent] if on_path else []
    candidates += [folder for root in JAVA_FOLDERS for folder in sorted(Path(root).glob(f"*{JAVA}*"))]
    found: dict[str, int | None] = {}
    for home in candidates:
        if (home / "bin" / "java").exists():
            found[str(home)] = java_version(home)
            if found[str(home)] == JAVA:
                return home
    seen = ", ".join(f"{home} is Java {version or '?'}" for home, version in found.items()) or "none is installed"
    raise UserError(
        f"Spark needs Java {JAVA}, and it was not found ({seen})", done="nothing was built",
        do=f"install it (Debian: apt-get install openjdk-{JAVA}-jre-headless), or let JAVA_HOME name its folder",
    )  # fmt: skip


def java_version(home: Path) -> int | None:
    """The main version of the Java in a folder; None where it does not say."""
    try:
        said = subprocess.run([home / "bin" / "java", "-version"], capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return None
    number = re.search(r'version "(?:1\.)?(\d+)', said.stderr)
    return int(number.group(1)) if number else None


def look_for_spark(engine: EngineSettings) -> None:
    """Raises UserError where the extra, or the Java that a driver on this machine needs, is not installed."""
    missing = [name for name in ("pyspark", "dbt.adapters.spark") if find_spec(name) is None]
    if missing:
        raise UserError(
            f"the engine spark needs the extra tenure[spark]; missing: {', '.join(missing)}", done="nothing was built",
            do="in Tenure's folder: make spark (or, where you installed it with pip: pip install 'tenure[spark]')",
        )  # fmt: skip
    if not engine.is_remote:
        find_java()


def _no_session(engine: EngineSettings, error: Exception) -> UserError:
    said = next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
    return UserError(
        f"Spark did not start: {said}", where=f"[engine] master = {engine.master!r}", done="nothing was built",
        do="see whether the cluster is up and whether this machine may reach it",
    )  # fmt: skip
