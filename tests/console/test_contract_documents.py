"""Contracts are changed and deleted; files are attached to them, downloaded and taken away."""

from collections.abc import Callable
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from banyan.contracts.actions import attach_document
from banyan.contracts.actions.create_contract import create_contract
from banyan.contracts.models import Contract, ContractDocument
from banyan.kernel.ids import encode_id
from banyan.organizations.roles import Role
from tests.business import an_account, subscribed
from tests.console import test_subscription_pages
from tests.console.conftest import Visitor, readable

Visiting = Callable[..., Visitor]
at = test_subscription_pages.at
pytestmark = pytest.mark.rule("CON-10", "CTR-1")


@pytest.fixture
def contract(tenant: str) -> Contract:
    return create_contract({"account": an_account().pk, "start_date": date(2026, 1, 1), "name": "Frame"})


def test_a_file_is_attached_downloaded_and_removed(visitor: Visiting, contract: Contract):
    ada = visitor()
    sent = {"name": "", "content": SimpleUploadedFile("frame.pdf", b"%PDF-1.7", "application/pdf")}
    ada.post(at("contract", contract, "/documents/new"), sent)
    document = ContractDocument.objects.get()
    assert "frame.pdf 8" in ada.text(at("contract", contract))
    there = at("contract", contract, f"/documents/{encode_id('contract_document', document.pk)}")
    answer = ada.get(there)
    assert (answer.content, answer["Content-Type"]) == (b"%PDF-1.7", "application/pdf")
    assert answer["Content-Disposition"] == 'attachment; filename="frame.pdf"'
    assert ada.get(at("contract", contract, "/documents/doc_999")).status_code == 404
    assert "Remove frame.pdf?" in ada.text(f"{there}/remove")
    ada.post(f"{there}/remove")
    assert "Nothing is attached" in ada.text(at("contract", contract))


def test_what_is_no_document_is_told_beside_the_field(
    visitor: Visiting, contract: Contract, monkeypatch: pytest.MonkeyPatch
):
    ada, address = visitor(), at("contract", contract, "/documents/new")
    assert ada.post(address, {"name": "x"}).status_code == 422
    empty = ada.post(address, {"content": SimpleUploadedFile("empty.txt", b"")})
    assert (empty.status_code, "0 bytes" in readable(empty)) == (422, True)
    monkeypatch.setattr("banyan.console.contract_documents.LARGEST", 4)
    monkeypatch.setattr(attach_document, "LARGEST", 4)
    large = ada.post(address, {"content": SimpleUploadedFile("large.txt", b"12345678")})
    assert (large.status_code, "give 1 to 4" in readable(large)) == (422, True)
    assert visitor(Role.VIEWER).get(address).status_code == 403


def test_a_contract_is_changed_as_far_as_it_allows(visitor: Visiting, contract: Contract):
    ada, address = visitor(), at("contract", contract, "/edit")
    sent = {"number": contract.number, "name": "Frame 2", "start_date": "2026-01-01", "notice_days": "0"}
    ada.post(address, {**sent, "end_date": "2027-01-01", "renewal_months": "12"})
    page = ada.text(at("contract", contract))
    assert "Frame 2" in page
    assert "by 12 months" in page
    ada.post(address, {**sent, "end_date": "2027-01-01"})
    assert Contract.objects.get(pk=contract.pk).renewal_months is None
    wrong = ada.post(address, {**sent, "end_date": "2025-01-01"})
    assert (wrong.status_code, "CTR-1" in readable(wrong)) == (422, True)


def test_a_contract_is_deleted_while_nothing_is_under_it(visitor: Visiting, contract: Contract):
    ada, address = visitor(), at("contract", contract, "/delete")
    subscription = subscribed(contract.account, contract=contract.pk)
    refused = ada.post(address)
    assert (refused.status_code, "CTR-1" in readable(refused)) == (409, True)
    subscription.delete()
    assert ada.post(address)["Location"] == "/contracts"
    assert not Contract.objects.exists()
