"""Downloads the ECB's history of euro reference rates into the inbox. The only module that uses a network."""

import io
import urllib.request
import zipfile
from pathlib import Path

from pipelines.errors import UserError

ECB_HISTORY = "https://www.ecb.europa.eu/stats/eurofxref/eurofxref-hist.zip"
FILE_NAME = "eurofxref-hist.csv"
SECONDS = 30


def download_ecb_history(inbox: Path, url: str = ECB_HISTORY) -> Path:
    """Write the history as the ECB publishes it, whole or not at all. Raises UserError without network or answer."""
    try:
        with urllib.request.urlopen(url, timeout=SECONDS) as answer:
            content = zipfile.ZipFile(io.BytesIO(answer.read())).read(FILE_NAME)
    except (OSError, zipfile.BadZipFile, KeyError) as error:
        raise UserError(
            f"the ECB's rates could not be downloaded: {getattr(error, 'reason', None) or error}",
            where=url,
            done="the inbox is as it was",
            do=f"try again later, or download {FILE_NAME} in a browser and put it into {inbox}",
        ) from None
    inbox.mkdir(parents=True, exist_ok=True)
    part = inbox / f"{FILE_NAME}.part"  # landing waits for files of this name
    part.write_bytes(content)
    return part.replace(inbox / FILE_NAME)
