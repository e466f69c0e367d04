"""Tenants: sealed off from each other, usable at once, found by key or host."""

import pytest
from django.db import connection

from banyan.accounts.actions.set_up_tenant import set_up_tenant
from banyan.accounts.models import AccountCategory, Owner, PaymentTerm
from banyan.foundation.actions.migrate import is_migrated
from banyan.foundation.models import Setting
from banyan.foundation.tenants.actions.add_host import add_host
from banyan.foundation.tenants.actions.create_tenant import create_tenant
from banyan.foundation.tenants.actions.remove_host import remove_host
from banyan.foundation.tenants.models import Tenant
from banyan.foundation.tenants.queries import find_tenant, tenant_of_host, tenants_without_host, within_tenant
from banyan.kernel.refusals import Refusal
from banyan.organizations.models import Organization

MACHINE = ("127.0.0.1", "localhost", "[::1]", "192.168.1.5")


@pytest.mark.rule("SYS-5")
def test_a_new_tenant_is_usable_at_once(tenant: str):
    assert Owner.objects.count() == 1
    assert Organization.objects.filter(parent=None).count() == 1
    assert AccountCategory.objects.get().name == "Standard"
    assert set(PaymentTerm.objects.values_list("name", flat=True)) == {"Due on receipt", "Net 15", "Net 30", "Net 60"}


@pytest.mark.rule("SCA-2")
def test_no_foreign_key_of_a_tenant_leads_out_of_its_schema(tenant: str):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conname FROM pg_constraint JOIN pg_class target ON target.oid = confrelid "
            "WHERE contype = 'f' AND connamespace = %s::regnamespace AND target.relnamespace <> connamespace",
            [tenant],
        )
        assert cursor.fetchall() == []


@pytest.mark.rule("SCA-2")
def test_what_one_tenant_stores_another_does_not_see(fresh_tenant: str, schema_copier):
    schema_copier.copy_to("neighbour")
    try:
        Setting.objects.create(key="k", value=1)
        with within_tenant("neighbour"):
            assert Setting.objects.count() == 0
        assert Setting.objects.count() == 1
    finally:
        schema_copier.drop("neighbour")


@pytest.mark.rule("SYS-4", "REL-A")
def test_a_tenant_whose_making_was_interrupted_is_made_by_the_next_attempt(fresh_tenant: str, schema_copier):
    def fail() -> None:
        raise KeyboardInterrupt

    with within_tenant("public"):
        with pytest.raises(KeyboardInterrupt):
            create_tenant("interrupted", "Interrupted", (), fail)
        assert find_tenant("interrupted") is None
        create_tenant("interrupted", "Interrupted", (), set_up_tenant)
        assert is_migrated("interrupted")
    schema_copier.drop("interrupted")


@pytest.mark.rule("SYS-4")
@pytest.mark.parametrize("name", ["", "Ada", "1st", "pg_ada", "public", "a__b", 'a"b', "a" * 41])
def test_a_name_that_is_no_plain_word_is_no_tenant(tenant: str, name: str):
    with pytest.raises(Refusal) as refused:
        create_tenant(name, "Name", (), set_up_tenant)
    assert refused.value.rule == "SYS-4"


@pytest.mark.rule("SYS-4")
def test_with_one_tenant_every_host_leads_to_it(db: None):
    Tenant.objects.all().delete()
    only = Tenant.objects.create(schema_name="only", name="Only")
    assert tenant_of_host("anything.example") == only


@pytest.mark.rule("SYS-4")
def test_hosts_come_and_go_and_lead_to_one_tenant_each(db: None):
    Tenant.objects.all().delete()
    one, two = (Tenant.objects.create(schema_name=name, name=name) for name in ("one", "two"))
    assert tenants_without_host() == [two]
    add_host("two", "Two.Example")
    assert (tenant_of_host("two.example"), tenants_without_host()) == (two, [])
    for tenant, host, field in (("one", "two.example", "host"), ("nobody", "a.example", "tenant")):
        with pytest.raises(Refusal) as refused:
            add_host(tenant, host)
        assert refused.value.problems[0].field == field
    with pytest.raises(Refusal, match="its hosts are none"):
        remove_host("one", "two.example")
    remove_host("two", "two.example")
    assert tenant_of_host("two.example") == one


@pytest.mark.rule("SYS-4")
@pytest.mark.parametrize("host", ["", "a.example:8000", "http://a.example", "a b", "ä.example", "-a", "a" * 254])
def test_what_is_no_host_name_leads_nowhere(tenant: str, host: str):
    with pytest.raises(Refusal) as refused:
        create_tenant("Another", "Another", (host,), set_up_tenant)
    assert [problem.field for problem in refused.value.problems] == ["name", "host"]


@pytest.mark.rule("SYS-4")
def test_a_second_tenant_takes_no_host_from_the_first(db: None):
    Tenant.objects.all().delete()
    one, two = (Tenant.objects.create(schema_name=name, name=name) for name in ("one", "two"))
    add_host("two", "two.example")
    assert tenant_of_host("Two.Example") == two
    assert {tenant_of_host(host) for host in (*MACHINE, "anything.example")} == {one}


@pytest.mark.rule("SYS-4")
def test_a_first_tenant_with_hosts_of_its_own_keeps_those_and_the_addresses_of_the_machine(db: None):
    Tenant.objects.all().delete()
    one = Tenant.objects.create(schema_name="one", name="One")
    add_host("one", "one.example")
    assert tenant_of_host("anything.example") == one
    Tenant.objects.create(schema_name="two", name="Two")
    assert {tenant_of_host(host) for host in (*MACHINE, "one.example")} == {one}
    assert tenant_of_host("anything.example") is None
    add_host("two", "127.0.0.1")
    assert tenant_of_host("127.0.0.1") != one
