"""SurveyMonkey: "All individual responses" as CSV or XLSX, with its two header rows.

`questions.py` reads the header and finds the NPS question, `settings.py` says what the company tells of its surveys,
`responses.py` maps the answers.
"""

from __future__ import annotations

from pipelines.landing.connector import Extract, IncomingFile, SourceContext

_SIGNS = {"respondent id", "collector id"}


class SurveyMonkeyConnector:
    """Response exports of SurveyMonkey."""

    name = "surveymonkey"

    def recognise(self, file: IncomingFile) -> str | None:
        from pipelines.landing.kit.headers import first_row

        is_survey = file.suffix in (".csv", ".xlsx") and _SIGNS.issubset(first_row(file))
        return "its header is that of a SurveyMonkey response export" if is_survey else None

    def read(self, file: IncomingFile, source: SourceContext) -> list[Extract]:
        from pipelines.landing.connectors.surveymonkey import responses
        from pipelines.landing.connectors.surveymonkey.settings import SurveyMonkeySettings

        settings = SurveyMonkeySettings.parse(self.name, source.settings)
        return responses.read(file, settings, source)


CONNECTOR = SurveyMonkeyConnector()
