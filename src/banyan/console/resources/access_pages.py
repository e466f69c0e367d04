"""Roles of users, links to sign in, new API keys: what is more than a form."""

from django import forms
from django.db import transaction
from django.http import HttpResponse
from django.urls import reverse

from banyan.console.choices import searched
from banyan.console.forms import ActionForm
from banyan.console.page import PageRequest, done, page, show
from banyan.console.resources.people import organizations_by_name
from banyan.kernel.refusals import Refusal, unknown
from banyan.organizations import queries
from banyan.organizations.actions.add_membership import add_membership
from banyan.organizations.actions.create_api_key import create_api_key
from banyan.organizations.actions.create_sign_in_link import create_sign_in_link
from banyan.organizations.actions.remove_membership import remove_membership
from banyan.organizations.models import User
from banyan.organizations.roles import Role

ROLES = [(str(role), str(role).capitalize()) for role in Role]
WHAT_ROLES_DO = (
    "A viewer reads; an operator works with customers, accounts and subscriptions; a manager also with relations, who"
    " pays, discounts and bill runs; an administrator with everything."
)


class MembershipForm(ActionForm):
    organization = forms.ChoiceField(choices=organizations_by_name, widget=searched())
    role = forms.ChoiceField(choices=ROLES, help_text=WHAT_ROLES_DO)


class ApiKeyForm(ActionForm):
    name = forms.CharField(max_length=200, help_text="What the key is for.")
    role = forms.ChoiceField(choices=ROLES, initial=Role.OPERATOR.value, help_text=WHAT_ROLES_DO)
    organizations = forms.MultipleChoiceField(
        choices=organizations_by_name,
        required=False,
        widget=forms.SelectMultiple(attrs={"data-searchable": ""}),
        help_text="Where the role holds, and below; everywhere without any.",
    )


@page("POST users/*/memberships")
def new_membership(request: PageRequest, user: int) -> HttpResponse:
    """Give a user a role in an organization and everything below it."""
    row, form = _user(user), MembershipForm(request.POST or None)
    if form.is_valid():
        try:
            with transaction.atomic():
                add_membership(user, int(form.values()["organization"]), form.values()["role"])
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            return done(request, f"{row.name} has the role now.", "user", user=user)
    context = {"name": f"A role for {row.name}", "form": form, "text": "Give the role", "back": _address(row)}
    return show(request, "form.html", context, status=422 if form.errors else 200)


@page("DELETE users/*/memberships/*")
def end_membership(request: PageRequest, user: int, membership: int) -> HttpResponse:
    """Take the role away."""
    row = queries.memberships_of(user).filter(pk=membership).first()
    if row is None:
        raise unknown("address", "There is no such role.", membership)
    if request.method == "POST":
        remove_membership(user, membership)
        return done(request, "The role is taken away.", "user", user=user)
    says = f"{row.user.name} is no longer {row.get_role_display().lower()} in {row.organization.name} and all below it."
    context = {"question": "Take the role away?", "says": says, "text": "Take it away", "danger": True}
    return show(request, "confirm.html", context | {"back": _address(row.user)})


@page("PATCH users/*")
def make_sign_in_link(request: PageRequest, user: int) -> HttpResponse:
    """A link that signs the user in, once; it is shown once."""
    row = _user(user)
    if request.method == "POST":
        link = request.build_absolute_uri(reverse("sign_in_by_link", kwargs={"secret": create_sign_in_link(user)}))
        context = {"name": f"Link for {row.name}", "says": "It signs in once. It is not shown again.", "secret": link}
        return show(request, "resources/secret.html", context | {"back": _address(row)})
    says = "It signs the user in once. Links that were made before stop working."
    context = {"question": f"Make a link for {row.name}?", "says": says, "text": "Make the link", "back": _address(row)}
    return show(request, "confirm.html", context)


@page("POST api-keys")
def new_api_key(request: PageRequest) -> HttpResponse:
    """Make a key (API-1); this answer is the only one that holds it."""
    form = ApiKeyForm(request.POST or None)
    back = reverse("api_key_list")
    if form.is_valid():
        values = form.values()
        try:
            with transaction.atomic():
                row, key = create_api_key(
                    values["name"], values["role"], [int(each) for each in values["organizations"]]
                )
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            says = "Copy it now: it is kept as a hash only and can't be shown again."
            context = {"name": f"Key {row.name}", "says": says, "secret": key, "back": back}
            return show(request, "resources/secret.html", context)
    asked = {"name": "New API key", "form": form, "text": "Make the key", "back": back}
    return show(request, "form.html", asked, status=422 if form.errors else 200)


def _user(number: int) -> User:
    row = queries.users().filter(pk=number).first()
    if row is None:
        raise unknown("address", "There is no such user.", number)
    return row


def _address(user: User) -> str:
    return reverse("user", kwargs={"user": user.pk})
