"""Record ids in the shape of their systems: Salesforce's 18 characters with a check suffix, Stripe's prefixes."""

_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_PAIRS = [first + second for first in _BASE62 for second in _BASE62]
_IS_CAPITAL = str.maketrans({char: "1" if char.isupper() else "0" for char in _BASE62})
_SUFFIX_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_STRIPE_RANGE = 62**10
# Prime to 62 ** 10, so that consecutive numbers become scattered ids without two of them meeting.
_STRIPE_STEP = 530_242_871_224_172_183

KEY_PREFIXES = {
    "Account": "001",
    "Contact": "003",
    "User": "005",
    "Opportunity": "006",
    "OpportunityHistory": "008",
    "AccountHistory": "017",
    "Case": "500",
    "Contract": "800",
    "Task": "00T",
    "Event": "00U",
}


def base62(number: int, width: int) -> str:
    """The number in digits, capitals and small letters, filled with zeros to the width."""
    digits = ""
    for _ in range(width // 2):
        number, pair = divmod(number, 3844)
        digits = _PAIRS[pair] + digits
    return _BASE62[number % 62] + digits if width % 2 else digits


def check_suffix(id15: str) -> str:
    """The three characters that make a case-sensitive 15-character id safe to compare without case.

    One a group of five characters: bit j is set where character j is a capital (Salesforce's own rule).
    """
    bits = id15.translate(_IS_CAPITAL)
    return "".join([_SUFFIX_LETTERS[int(bits[start : start + 5][::-1], 2)] for start in (0, 5, 10)])


def salesforce_id(object_name: str, number: int) -> str:
    """The 18-character id of the `number`-th record of an object."""
    id15 = KEY_PREFIXES[object_name] + "Rm00000" + base62(number * 37 + 1_000_003, 5)
    return id15 + check_suffix(id15)


def stripe_id(prefix: str, number: int) -> str:
    """A Stripe id such as `in_1Qd8kfN3xTtWq`; one number gives one id."""
    return f"{prefix}_1Q{base62((number + 1) * _STRIPE_STEP % _STRIPE_RANGE, 10)}"
