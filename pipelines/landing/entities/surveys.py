"""What clients and recruiters say when asked."""

from pipelines.landing.entities import fields as f
from pipelines.landing.entities.base import Contract


class NpsResponses(Contract):
    """One row an answer to "how likely are you to recommend us"."""

    response_id = f.text(key=True)
    account_id = f.text(required=True)
    respondent_id = f.text(required=True, pii="pseudonym")
    survey_type = f.text(required=True, values=("transactional", "relationship"))
    score = f.integer(required=True, minimum=0, maximum=10)
    responded_at = f.ts(required=True)
    comment = f.text(pii="free_text")


class CsatResponses(Contract):
    """One row a satisfaction score of a project or account, 0 to 100."""

    response_id = f.text(key=True)
    account_id = f.text(required=True)
    project_id = f.text()
    score = f.num(required=True, minimum=0, maximum=100)
    responded_at = f.ts(required=True)


class RecruiterFeedback(Contract):
    """One row a score that a recruiter gives an account manager, 0 to 10."""

    response_id = f.text(key=True)
    user_id = f.text(required=True, pii="pseudonym")
    score = f.integer(required=True, minimum=0, maximum=10)
    responded_at = f.ts(required=True)
