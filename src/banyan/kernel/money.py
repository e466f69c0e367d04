"""Money (MON-1): decimals only, rounded half up, away from zero, to the currency's minor unit (ISO 4217)."""

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Context, Decimal
from types import MappingProxyType

from banyan.kernel.decimals import decimal_text

_CODES_BY_DECIMALS = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    2: (
        "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF "
        "CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ "
        "GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD "
        "MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON "
        "RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS "
        "UAH USD USN UYU UZS VED VES WST XAD XCD XCG YER ZAR ZMW ZWG"
    ),
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}

CURRENCIES: Mapping[str, int] = MappingProxyType(
    {code: decimals for decimals, codes in _CODES_BY_DECIMALS.items() for code in codes.split()}
)
"""Every currency code that an amount can be in, with the decimals of its minor unit."""

_HUNDREDTH = Decimal("0.01")
_MINOR_UNITS = {code: Decimal(1).scaleb(-decimals) for code, decimals in CURRENCIES.items()}

EXACT = Context(prec=60)
"""Enough digits for a price of 12 decimals times any quantity, so that an amount is rounded once: to the minor unit."""


def minor_units(currency: str) -> int:
    """The decimals of the currency: JPY 0, USD 2, BHD 3. KeyError for a code that is none."""
    return CURRENCIES[currency]


def minor_unit(currency: str) -> Decimal:
    """The smallest amount of the currency: 0.01 USD."""
    return _MINOR_UNITS[currency]


def percent_of(amount: Decimal, percent: Decimal, currency: str) -> Decimal:
    """So many percent of an amount, in whole minor units."""
    return round_amount(amount * percent * _HUNDREDTH, currency)


def round_amount(amount: Decimal, currency: str) -> Decimal:
    """The amount in whole minor units: 0.125 USD is 0.13, -0.125 USD is -0.13, 0.5 JPY is 1."""
    return amount.quantize(_MINOR_UNITS[currency], ROUND_HALF_UP)


def amount_text(amount: Decimal, currency: str) -> str:
    """As it is written everywhere, with the decimals of the currency: 12.50 USD, 0.00 USD, 1200 JPY, 0.500 BHD."""
    rounded = amount.quantize(_MINOR_UNITS[currency], ROUND_HALF_UP, EXACT)
    return f"{rounded if rounded else abs(rounded):f}"


def exact_amount_text(amount: Decimal, currency: str) -> str:
    """The same of what isn't rounded yet: all its decimals where it has more than the currency. 0.0025 USD."""
    exact = decimal_text(amount)
    return exact if len(exact.partition(".")[2]) > minor_units(currency) else amount_text(amount, currency)


def amounts_by_currency(amounts: Mapping[str, Decimal]) -> dict[str, str]:
    """Amounts in several currencies as they are written everywhere, in the order of their codes."""
    return {currency: amount_text(amount, currency) for currency, amount in sorted(amounts.items())}


def amount_shown(amount: Decimal, currency: str) -> str:
    """For reading on a terminal, with its currency: 2,576.98 EUR."""
    return f"{Decimal(amount_text(amount, currency)):,} {currency}"
