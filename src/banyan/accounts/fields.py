"""The fields of customers and accounts, declared once: see foundation.declared.

The order is that of forms and files. Relations (parent, responsible account) are not fields: they are dated.
"""

from banyan.accounts.models import (
    Account,
    AccountCategory,
    AccountType,
    BillCycle,
    Customer,
    InvoiceType,
    Owner,
    PaymentTerm,
)
from banyan.foundation.declared.fields import About, Shown, declared
from banyan.foundation.declared.kinds import (
    Address,
    Amount,
    Choice,
    Contact,
    Currency,
    CustomFields,
    Emails,
    Json,
    JsonObject,
    Language,
    Number,
    Phones,
    Reference,
    WholeNumber,
)
from banyan.organizations.models import Organization

AT_FIRST, ON_DEMAND = Shown.AT_FIRST, Shown.ON_DEMAND
WHO, ACCOUNT_ITSELF = "Customer", "Billing account"
INVOICING, PAYMENT = "Invoicing", "Payment"
CONTACT, DETAILS, CUSTOM = "Primary contact", "Additional details", "Custom fields"

CUSTOMER = declared(
    "customer",
    Customer,
    kind=About("CUS-1", required=True, filtered=True, section=WHO, example="company"),
    company_name=About("CUS-1", section=WHO, example="Halden Holding SE"),
    first_name=About("CUS-1", section=WHO, example="Iris"),
    last_name=About("CUS-1", section=WHO, example="Chen"),
    primary_email=About("CUS-5", required=True, filtered=True, section=WHO, example="ap@halden.example"),
    number=About(
        "CUS-2",
        Number(50),
        otherwise="generated",
        fixed=True,
        filtered=True,
        section=WHO,
        shown=AT_FIRST,
        example="C-000012",
    ),
    external_number=About("CUS-2", Number(100), filtered=True, section=WHO, shown=AT_FIRST, example="crm:4711"),
    date_of_birth=About("CUS-3", section=WHO, shown=ON_DEMAND, example="1984-05-17"),
    tax_number=About("CUS-4", filtered=True, section=WHO, shown=AT_FIRST, example="DE136695976"),
    tax_id_validated=About("CUS-4", filtered=True, section=WHO, shown=ON_DEMAND),
    secondary_emails=About("CUS-5", Emails(), section=WHO, shown=ON_DEMAND),
    phones=About("CUS-5", Phones(), section=WHO, shown=AT_FIRST),
    billing_address=About("CUS-5", Address(), section="Billing address", shown=AT_FIRST),
    service_address=About(
        "CUS-5", Address(), otherwise="the billing address", section="Service address", shown=ON_DEMAND
    ),
    shipping_address=About(
        "CUS-5", Address(), otherwise="the billing address", section="Shipping address", shown=ON_DEMAND
    ),
    custom_fields=About("FLD-1", CustomFields(), section=CUSTOM),
)

ACCOUNT = declared(
    "account",
    Account,
    customer=About("CUS-6", Reference("customer", Customer), required=True, fixed=True, filtered=True),
    name=About(
        "ACC-2",
        otherwise="the customer's name",
        filtered=True,
        section=ACCOUNT_ITSELF,
        shown=AT_FIRST,
        example="Halden Deutschland",
    ),
    number=About(
        "ACC-1",
        Number(50),
        otherwise="generated",
        fixed=True,
        filtered=True,
        section=ACCOUNT_ITSELF,
        shown=AT_FIRST,
        example="A-000012",
    ),
    external_number=About(
        "ACC-2", Number(100), filtered=True, section=ACCOUNT_ITSELF, shown=ON_DEMAND, example="erp:4711"
    ),
    currency=About("ACC-4", Currency(), required=True, filtered=True, section=ACCOUNT_ITSELF),
    bill_cycle=About("ACC-5", Reference("bill_cycle", BillCycle), required=True, filtered=True, section=ACCOUNT_ITSELF),
    status=About("ACC-3", filtered=True, section=ACCOUNT_ITSELF, shown=AT_FIRST),
    start_date=About("ACC-6", otherwise="today", section=ACCOUNT_ITSELF),
    organization=About(
        "ORG-2", Reference("organization", Organization), otherwise="your own", filtered=True, section=ACCOUNT_ITSELF
    ),
    type=About(
        "TYP-1",
        Reference("account_type", AccountType),
        otherwise="the one proposed for new accounts",
        filtered=True,
        section=ACCOUNT_ITSELF,
        shown=AT_FIRST,
    ),
    category=About(
        "ACC-7",
        Reference("account_category", AccountCategory),
        otherwise="the first one",
        filtered=True,
        section=ACCOUNT_ITSELF,
    ),
    owner=About(
        "OWN-3",
        Reference("owner", Owner),
        otherwise="the first one",
        filtered=True,
        section=ACCOUNT_ITSELF,
        shown=AT_FIRST,
    ),
    purchase_order_number=About("ACC-14", filtered=True, section=DETAILS, shown=ON_DEMAND, example="PO 4500017"),
    description=About("ACC-2", section=ACCOUNT_ITSELF, shown=ON_DEMAND, example="Head office"),
    taxable=About("ACC-8", filtered=True, section=ACCOUNT_ITSELF, shown=AT_FIRST),
    is_primary=About("ORG-5", filtered=True, section=ACCOUNT_ITSELF, shown=ON_DEMAND),
    is_default=About("CUS-6", filtered=True, section=ACCOUNT_ITSELF, shown=AT_FIRST),
    invoice_type=About(
        "ACC-10",
        Choice(dict(InvoiceType.choices), is_offered=True),
        otherwise="by e-mail, if that is on offer",
        filtered=True,
        section=INVOICING,
    ),
    invoice_currency=About(
        "ACC-4", Currency(), otherwise="the account's currency", filtered=True, section=INVOICING, shown=ON_DEMAND
    ),
    minimum_invoice_amount=About("ACC-9", Amount("currency"), section=INVOICING, shown=ON_DEMAND, example="25.00"),
    preferred_language=About(
        "ACC-11", Language(), otherwise="the owner's", filtered=True, section=INVOICING, shown=ON_DEMAND
    ),
    invoice_rendering_type=About("BHI-4", filtered=True, section=INVOICING, shown=ON_DEMAND),
    payment_term=About(
        "ACC-11", Reference("payment_term", PaymentTerm), otherwise="Net 30", filtered=True, section=PAYMENT
    ),
    auto_pay=About("ACC-11", filtered=True, section=PAYMENT, shown=ON_DEMAND),
    auto_pay_offset=About("ACC-11", WholeNumber(-365, 365), section=PAYMENT, shown=ON_DEMAND, example=-3),
    dunning_enabled=About("ACC-11", filtered=True, section=PAYMENT, shown=ON_DEMAND),
    primary_contact=About(
        "ACC-12",
        Contact(),
        columns="contact",
        label="Primary contact",
        help="Without an e-mail, the customer's primary one.",
        section=CONTACT,
        shown=ON_DEMAND,
    ),
    billing_address=About("ACC-13", Address(), otherwise="the customer's", section="Billing address", shown=ON_DEMAND),
    shipping_address=About(
        "ACC-13", Address(), otherwise="the customer's", section="Shipping address", shown=ON_DEMAND
    ),
    billing_details=About("ACC-14", Json(), section=DETAILS, shown=ON_DEMAND),
    preferences=About("ACC-14", JsonObject(), section=DETAILS, shown=ON_DEMAND),
    custom_fields=About("FLD-1", CustomFields(), section=CUSTOM),
)
