"""The addresses of hierarchies, who pays, subscriptions, groups and contracts."""

from django.urls import path

from banyan.console import hierarchies

urlpatterns = [
    path("accounts/<account:account>/hierarchy", hierarchies.account_hierarchy, name="account_hierarchy"),
    path("accounts/<account:account>/hierarchy/picture", hierarchies.account_picture, name="account_picture"),
    path("customers/<customer:customer>/hierarchy", hierarchies.customer_hierarchy, name="customer_hierarchy"),
    path("customers/<customer:customer>/hierarchy/picture", hierarchies.customer_picture, name="customer_picture"),
]
