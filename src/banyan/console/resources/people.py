"""Who sells and who may do what: owners, organizations, users, API keys."""

from typing import Any

from django import forms

from banyan.accounts import queries as account_queries
from banyan.accounts.actions.delete_owner import delete_owner
from banyan.accounts.actions.save_owner import create_owner, update_owner
from banyan.accounts.models import TaxDateChoice, TaxRoundingChoice
from banyan.console.choices import FIRST_OWNERS, Choices, currencies, languages, rows_of, searched, time_zones
from banyan.console.descriptions import describe_history_of_user
from banyan.console.fields import RowsField, with_address
from banyan.console.forms import ActionForm, chosen_or_none
from banyan.console.page import PageRequest
from banyan.console.resources.columns import Moment, Text, Words, Yes
from banyan.console.resources.resource import Asked, Resource, Values
from banyan.foundation.actors import ActorKind
from banyan.foundation.history import current_actor
from banyan.kernel.refusals import invalid
from banyan.organizations import queries
from banyan.organizations.actions.change_user import change_user
from banyan.organizations.actions.create_organization import create_organization
from banyan.organizations.actions.create_user import create_user
from banyan.organizations.actions.delete_organization import delete_organization
from banyan.organizations.actions.revoke_api_key import revoke_api_key
from banyan.organizations.actions.update_organization import update_organization
from banyan.organizations.models import Membership, Organization, User


def organizations_by_name() -> Choices:
    """The organizations that are reached, to choose from."""
    return rows_of(queries.organizations().order_by("name"))


@with_address("address")
class OwnerForm(ActionForm):
    legal_name = forms.CharField(max_length=200)
    invoice_prefix = forms.CharField(max_length=20, help_text="What its invoice numbers begin with, such as ACI-.")
    base_currency = forms.ChoiceField(choices=currencies(), initial="USD", widget=searched())
    language = forms.ChoiceField(choices=languages(), initial="en", widget=searched())
    time_zone = forms.ChoiceField(choices=time_zones(), initial="UTC", widget=searched())
    tax_rounding = forms.ChoiceField(
        label="Tax rounding",
        choices=[("", "The usual one of its country"), *TaxRoundingChoice.choices],
        required=False,
        help_text="In the EU on the sum of an invoice's lines, elsewhere line by line.",
    )
    tax_date = forms.ChoiceField(
        label="Tax date",
        choices=TaxDateChoice.choices,
        initial=TaxDateChoice.SUPPLY.value,
        help_text="Whose tax rates apply. Service day: the first day of what is charged in advance, the last day of "
        "what is charged in arrears.",
    )
    tax_registrations = RowsField(
        {"country": "Country code", "number": "Tax number"}, "Add a registration", required=False
    )


class OrganizationForm(ActionForm):
    name = forms.CharField(max_length=200)
    code = forms.CharField(max_length=50, help_text="What files and commands call it.")
    parent = forms.ChoiceField(
        label="Belongs to", choices=lambda: [("", "The root"), *organizations_by_name()], required=False
    )


class ChangedOrganizationForm(OrganizationForm):
    parent = forms.ChoiceField(
        label="Belongs to", choices=lambda: [("", "Nothing: it is the root"), *organizations_by_name()], required=False
    )


class UserForm(ActionForm):
    name = forms.CharField(max_length=200)
    email = forms.CharField(label="E-mail", max_length=254, widget=forms.EmailInput())
    password = forms.CharField(
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="Without one the user signs in by a link, which you make on the user's page.",
    )

    time_zone = forms.ChoiceField(
        choices=lambda: [FIRST_OWNERS, *time_zones()],
        required=False,
        widget=searched(),
        help_text="The console shows dates with times in it.",
    )


class ChangedUserForm(UserForm):
    password = forms.CharField(
        label="New password",
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="Left blank, it stays as it is. A new one ends all sessions.",
    )
    active = forms.BooleanField(required=False, label="May sign in")


def _organizations(asked: Asked) -> Any:
    return queries.organizations(asked.get("q")).select_related("parent").order_by("name")


def _organization_facts(row: Organization, request: PageRequest) -> Values:
    members = Membership.objects.filter(organization=row).select_related("user").order_by("user__name")
    return {
        "members": members if USERS.may("edit") else None,
        "children": queries.organizations().filter(parent=row).order_by("name"),
        "accounts": account_queries.accounts().filter(organization=row).count(),
    }


def _user_facts(row: User, request: PageRequest) -> Values:
    return {
        "memberships": queries.memberships_of(row.pk).order_by("organization__name"),
        "history": describe_history_of_user(row.pk),
    }


def _new_organization(values: Values) -> Organization:
    return create_organization(**{**values, **chosen_or_none(values, "parent")})


def _change_organization(number: int, values: Values) -> Organization:
    return update_organization(number, values | (chosen_or_none(values, "parent") if "parent" in values else {}))


def _change_user(number: int, values: Values) -> User:
    if values.get("password") and _is_visitor(number):
        message = "Change your own password on the page of your preferences, where the current one is asked for."
        raise invalid("password", "own_password", message, "ORG-6")
    return change_user(number, {name: value for name, value in values.items() if name != "password" or value})


def _is_visitor(number: int) -> bool:
    by = current_actor()
    return by.kind is ActorKind.USER and by.number == number


OWNERS = Resource(
    kind="owner",
    api="owners",
    path="owners",
    one="owner",
    many="owners",
    icon="building-skyscraper",
    says="An owner is a legal entity of yours: it sells and issues invoices.",
    rows=lambda asked: account_queries.owners().order_by("legal_name"),
    columns={
        "legal_name": Text("Legal name"),
        "invoice_prefix": Text("Invoice numbers"),
        "country": Text("Country", accessor="address__country", orderable=False),
        "base_currency": Text("Base currency"),
        "time_zone": Text("Time zone"),
    },
    form=OwnerForm,
    create=create_owner,
    change=update_owner,
    delete=delete_owner,
    says_on_delete="It is refused while it has an account, and for the last one.",
)

ORGANIZATIONS = Resource(
    kind="organization",
    api="organizations",
    path="organizations",
    one="organization",
    many="organizations",
    icon="hierarchy-2",
    says="Organizations decide who sees which accounts.",
    rows=_organizations,
    searchable=True,
    columns={"name": Text("Name"), "code": Text("Code"), "parent": Text("Belongs to", accessor="parent__name")},
    form=OrganizationForm,
    create=_new_organization,
    form_to_change=ChangedOrganizationForm,
    change=_change_organization,
    delete=delete_organization,
    says_on_delete="The roles in it go with it. It is refused while it has accounts or organizations below it.",
    shown_by="resources/organization.html",
    facts=_organization_facts,
)

USERS = Resource(
    kind="user",
    api="users",
    path="users",
    one="user",
    many="users",
    icon="users",
    says="Users sign in to this console.",
    rows=lambda asked: queries.users(asked.get("q")).order_by("name"),
    searchable=True,
    columns={
        "name": Text("Name"),
        "email": Text("E-mail"),
        "active": Yes("Status", yes="Active", no="May not sign in"),
        "created_at": Moment("Since"),
    },
    form=UserForm,
    create=lambda values: create_user(**values),
    form_to_change=ChangedUserForm,
    change=_change_user,
    filled=lambda row: {"name": row.name, "email": row.email, "active": row.active, "time_zone": row.time_zone or ""},
    shown_by="resources/user.html",
    facts=_user_facts,
)

API_KEYS = Resource(
    kind="api_key",
    api="api-keys",
    path="api-keys",
    one="API key",
    many="API keys",
    icon="key",
    says="A key lets your own product use the API, with a role like a user's.",
    rows=lambda asked: queries.api_keys(),
    columns={
        "name": Text("Name"),
        "role": Words("Role"),
        "created_at": Moment("Created"),
        "revoked_at": Moment("Revoked"),
    },
    own_page=True,
    delete=revoke_api_key,
    text_to_delete="Revoke",
    says_on_delete="From now on it opens nothing. It stays in the list.",
)

ALL = (OWNERS, ORGANIZATIONS, USERS, API_KEYS)
