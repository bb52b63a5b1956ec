"""Which column is what: the order, the customer, the day, the money. Guessed from headers and values."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from evergreen.errors import EvergreenError
from evergreen.onboarding.profile import Profile


@dataclass(frozen=True)
class Role:
    """Something a column can be to the warehouse.

    name: as `--column` takes it.
    column: what the column is called here.
    says: for people.
    headers: what it is called elsewhere, best first; regular expressions on words joined by `_`.
    fits: which values it may have.
    """

    name: str
    column: str
    says: str
    headers: tuple[str, ...]
    fits: Callable[[Profile], bool] = lambda _: True

    @property
    def is_typed(self) -> bool:
        """Whether it is a number or a moment, and nothing with a text in it."""
        return self.fits in (_number, _moment)


def _number(profile: Profile) -> bool:
    return profile.is_number


def _moment(profile: Profile) -> bool:
    return profile.is_moment


def _text(profile: Profile) -> bool:
    return not profile.is_moment and profile.type != "json"


def _words(profile: Profile) -> bool:
    return profile.type == "text" or profile.misfits is not None


_ORDER = (
    "order|invoice|sale|receipt|transaction|purchase|basket|bestell|bestellung|auftrag|rechnung|beleg|bon"
)
_NUMBER = "id|no|nr|number|num|code|key|nummer|ref"
ROLES: tuple[Role, ...] = (
    Role(
        "line", "line_number", "number of the line within its order",
        (rf"(order_|invoice_|sale_)?(line|item|position|pos|zeile)(_({_NUMBER}|item))?", "行号"), _number,
    ),
    Role(
        "order", "order_id", "the order",
        (
            rf"({_ORDER})(_({_NUMBER}))?", rf"({_ORDER})({_NUMBER})", rf"({_ORDER})_.*({_NUMBER})",
            "订单.*|单号",
        ),
        _text,
    ),
    Role(
        "customer", "customer_id", "the customer",
        (
            rf"(customer|client|buyer|member|user|card|kunden?|account)(_({_NUMBER}))?",
            rf"(customer|client|buyer|member|user|kunden)({_NUMBER})",
            rf"(customer|client|kunden)_.*({_NUMBER})", "(客户|会员|用户).*",
        ),
        _text,
    ),
    Role(
        "ordered", "ordered_at", "when the order was placed",
        (
            rf"({_ORDER})(ed)?_?(at|date|time|on|day|datum|timestamp|date_time)",
            "(sold|bought|paid|created|placed|verkauft|bestellt)_(at|on|am)", "(create|creation|purchase)_.*",
            "date_time|datetime|timestamp|date|datum|time|day|tag|zeit", ".*(date|datum|日期|时间|time).*",
            ".*",
        ),
        _moment,
    ),
    Role(
        "product", "product_code", "the product",
        (
            rf"(product|article|item|stock|artikel|produkt|variant)(_({_NUMBER}))",
            rf"(stock|product|article|item|artikel)({_NUMBER})", "sku|isbn|ean|gtin|asin",
            "product|article|item|artikel|produkt|book|stock", "(商品|产品).*(编号|号|id)|商品|产品",
        ),
        _text,
    ),
    Role(
        "product_name", "product_name", "name of the product",
        (
            "(product|item|article|artikel)_?(name|title|description|bezeichnung)", "lineitem_name",
            "description|title|bezeichnung|商品名.*",
        ),
        _words,
    ),
    Role(
        "category", "category", "category of the product",
        (".*(category|kategorie|department|类别|品类).*",), _words,
    ),
    Role(
        "quantity", "quantity", "number of units",
        (
            "quantity|qty|units|count|copies|pieces|pcs|menge|anzahl|stueck|cds|数量",
            ".*(quantity|qty|units|menge|anzahl|数量).*",
        ),
        _number,
    ),
    Role(
        "price", "unit_price", "price of one unit",
        (
            "(unit|item|single|einzel)_?(price|preis)|单价", "price(_.*)?|preis|stueckpreis",
            ".*(price|preis|单价).*",
        ),
        _number,
    ),
    Role(
        "discount", "discount_amount", "discount on the line",
        ("(discount|rabatt)(_(amount|value|betrag))?|折扣", "discount_(amount|total).*"), _number,
    ),
    Role(
        "amount", "line_amount", "amount of the line before discount",
        (
            "(line|item)_?(amount|total|value)", "amount|betrag|umsatz|revenue|sales|turnover|金额",
            "(net|gross|order|total|sales|dollar)_?(amount|value|total|revenue|price|betrag)",
            "total|sum|summe|value",
            ".*(amount|betrag|revenue|金额).*",
        ),
        _number,
    ),
    Role(
        "currency", "currency", "currency of the order",
        ("currency(_code)?|waehrung|währung|币种|货币",), _words,
    ),
    Role(
        "status", "status", "how far the order has come",
        ("(order_|financial_|payment_)?(status|state)|状态",), _words,
    ),
    Role(
        "channel", "sales_channel", "channel of the sale",
        ("(sales_|order_)?channel|vertriebskanal|kanal|store|shop|filiale|渠道",), _words,
    ),
    Role(
        "segment", "segment", "segment of the customer",
        ("(customer_)?(segment|group|type)|kundengruppe",), _words,
    ),
    Role(
        "region", "region", "region of the customer",
        ("(shipping_|billing_|customer_)?(country|region|state|land)|国家|地区|省份",), _words,
    ),
)  # fmt: skip
_BY_NAME = {role.name: role for role in ROLES}
# These first: their headers are clearest, and what is taken is not taken again.
_FIRST = ("line", "order", "customer", "ordered", "price", "quantity", "discount")

_PERSONAL = re.compile(
    r"(.*_)?(e_?mail|first_?name|last_?name|full_?name|surname|customer_?name|holder|phone|mobile|telefon|street|"
    r"strasse|address|adresse|address_?\d|zip|zip_?code|postcode|postal_?code|plz|birthday|birth_?date|vorname|"
    r"nachname|iban)(_.*)?|姓名|电话|手机|地址|邮箱"
)

# An object of this name within a row describes somebody.
_PERSON = re.compile(
    "(customer|client|buyer|member|user|kunde|recipient|contact|billing|shipping|delivery|rechnung|liefer).*"
    "|客户|会员|用户"
)


@dataclass
class Guess:
    """What the columns are taken for.

    roles: role → column.
    personal: columns that belong to a person.
    notes: what a person should look at, one line each.
    """

    roles: dict[str, Profile] = field(default_factory=dict)
    personal: list[Profile] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def role_of(self, profile: Profile) -> Role | None:
        """Return what a column is taken for."""
        return next((_BY_NAME[name] for name, taken in self.roles.items() if taken is profile), None)


def guess_roles(columns: list[Profile], said: Mapping[str, str], address: str) -> Guess:
    """Find out which column is what.

    Args:
        columns: of the sample.
        said: role → header, by the person; '' = no column has this role.
        address: of the sample, for messages.

    Raises:
        EvergreenError: a role or header does not exist, or what is indispensable is not found.
    """
    guess = Guess()
    _take_what_is_said(guess, columns, said, address)
    names = [*_FIRST, *(role.name for role in ROLES if role.name not in _FIRST)]
    for name in names:
        if name not in said and (found := _best(_BY_NAME[name], _free(guess, columns))):
            guess.roles[name] = found
    _take_emails(guess, columns, said)
    guess.personal = [column for column in _free(guess, columns) if _is_personal(column)]
    _check(guess, address, columns)
    return guess


def words_of(header: str) -> str:
    """Return the words of a header in lower case: `Invoice No.` and `InvoiceNo` → `invoice_no`."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", header.strip())
    return re.sub(r"\W+|_+", "_", spaced.lower()).strip("_")


def _take_what_is_said(guess: Guess, columns: list[Profile], said: Mapping[str, str], address: str) -> None:
    by_header = {column.header.casefold(): column for column in columns}
    for name, header in said.items():
        if name not in _BY_NAME:
            raise EvergreenError(f"--column {name}={header}: no such role: there are {', '.join(_BY_NAME)}")
        if not header:
            continue
        column = by_header.get(header.strip().casefold())
        if column is None:
            known = ", ".join(column.header for column in columns)
            raise EvergreenError(f"--column {name}={header}: {address} has no such column: there are {known}")
        if not _BY_NAME[name].fits(column):
            raise EvergreenError(
                f"--column {name}={header}: cannot be {_BY_NAME[name].says}: its values are of type "
                f"{column.type}, such as {', '.join(column.examples) or 'none'}"
            )
        guess.roles[name] = column


def _free(guess: Guess, columns: list[Profile]) -> list[Profile]:
    return [column for column in columns if not any(column is taken for taken in guess.roles.values())]


def _best(role: Role, columns: Iterable[Profile]) -> Profile | None:
    """Return the column whose header fits best; among equals the first."""
    fitting = [column for column in columns if role.fits(column) and not _is_personal(column)]
    for wanted in role.headers:
        for column in fitting:
            if re.fullmatch(wanted, words_of(column.header)):
                return column
    return None


def _take_emails(guess: Guess, columns: list[Profile], said: Mapping[str, str]) -> None:
    """Let the address name the customer where no number does."""
    if "customer" in guess.roles or "customer" in said:
        return
    email = next((column for column in columns if column.is_email), None)
    if email:
        guess.roles["customer"] = email
        guess.notes.append(f"{email.header}: names the customer, as no number does")


def _is_personal(column: Profile) -> bool:
    """Tell whether a column belongs to a person: by its values, its header, or the keys of objects in it."""
    names = [words_of(column.header)]
    if column.type == "json":
        if _PERSON.fullmatch(names[0]):
            return True
        names += map(words_of, re.findall(r'"([^"]+)":', " ".join(column.examples)))
    return column.is_email or any(map(_PERSONAL.fullmatch, names))


def _check(guess: Guess, address: str, columns: list[Profile]) -> None:
    there = ", ".join(f"{column.header} ({column.type})" for column in columns)
    for name in ("customer", "ordered"):
        if name not in guess.roles:
            raise EvergreenError(
                f"{address}: no column seems to be {_BY_NAME[name].says}: name it by --column {name}=HEADER; "
                f"there are {there}"
            )
    if not {"amount", "price"} & set(guess.roles):
        raise EvergreenError(
            f"{address}: no column seems to hold money: name it by --column amount=HEADER or "
            f"--column price=HEADER; there are {there}"
        )
