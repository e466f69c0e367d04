"""The addresses of pages about bill runs, invoices and set-up."""

from django.urls import path
from django.views.generic import RedirectView

from banyan.console import addresses as _addresses_of_rows  # noqa: F401  (registers <invoice:invoice>)
from banyan.console import bill_runs, exports, imports, invoices, ledger_pages, settings
from banyan.console.resources import access_pages, catalogue, deductions, lists, people, prices
from banyan.console.resources.pages import pages_of

RESOURCES = (*lists.ALL, *catalogue.ALL, *deductions.ALL, *people.ALL)
IMPORT, EXPORT = "imports/<import:sent>", "exports/<export:export>"
RUN, INVOICE = "bill-runs/<bill_run:bill_run>", "invoices/<invoice:invoice>"

urlpatterns = [
    path("bill-runs", bill_runs.bill_runs, name="bill_run_list"),
    path("bill-runs/new", bill_runs.new_bill_run, name="new_bill_run"),
    path(RUN, bill_runs.bill_run, name="bill_run"),
    path(f"{RUN}/invoices.csv", bill_runs.bill_run_csv, name="bill_run_csv"),
    path(f"{RUN}/approve", bill_runs.approve, name="approve_bill_run"),
    path(f"{RUN}/discard", bill_runs.discard, name="discard_bill_run"),
    path(f"{RUN}/reverse", bill_runs.reverse_bill_run, name="reverse_bill_run"),
    path(f"{RUN}/held-back", bill_runs.held_back, name="held_back"),
    path(f"{RUN}/retry", bill_runs.retry, name="retry_bill_run"),
    path(f"{RUN}/invoices/<int:place>", invoices.simulated_invoice, name="simulated_invoice"),
    path("invoices", invoices.invoices, name="invoice_list"),
    path(INVOICE, invoices.invoice, name="invoice"),
    path(f"{INVOICE}/lines.csv", invoices.invoice_csv, name="invoice_csv"),
    path(f"{INVOICE}/void", invoices.void, name="void_invoice"),
    path(f"{INVOICE}/reissue", invoices.reissue, name="reissue_invoice"),
    path("ledger", ledger_pages.trial_balance_page, name="trial_balance"),
    path("settings", settings.settings, name="settings"),
    path("lists", RedirectView.as_view(pattern_name="payment_term_list"), name="lists"),
    path("taxes", RedirectView.as_view(pattern_name="tax_rate_list"), name="taxes"),
    path("imports", imports.import_list, name="import_list"),
    path("imports/new", imports.new_import, name="new_import"),
    path("imports/templates/<str:kind>.csv", imports.template_file, name="import_template"),
    path(IMPORT, imports.one_import, name="import"),
    path(f"{IMPORT}/problems.csv", imports.problems_file, name="import_problems"),
    path(f"{IMPORT}/cancel", imports.cancel_import, name="cancel_import"),
    path(f"{IMPORT}/import", imports.for_real, name="import_for_real"),
    path("exports", exports.export_list, name="export_list"),
    path("exports/new", exports.new_export, name="new_export"),
    path(EXPORT, exports.one_export, name="export"),
    path(f"{EXPORT}/cancel", exports.cancel_export, name="cancel_export"),
    path(f"{EXPORT}/file.csv", exports.exported_file, name="exported_file"),
    path("catalogue", RedirectView.as_view(pattern_name="product_list"), name="catalogue"),
    path("catalogue/prices/new", prices.new_price, name="new_price"),
    path("users/<user:user>/sign-in-link", access_pages.make_sign_in_link, name="make_sign_in_link"),
    path("users/<user:user>/roles/new", access_pages.new_membership, name="new_membership"),
    path("users/<user:user>/roles/<membership:membership>/end", access_pages.end_membership, name="end_membership"),
    path("api-keys/new", access_pages.new_api_key, name="new_api_key"),
    *(address for resource in RESOURCES for address in pages_of(resource)),
]
