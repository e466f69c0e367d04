"""How pages name rows in their addresses: by the id that the API gives them, `/accounts/acc_12`."""

from django.urls import register_converter

from banyan.kernel.ids import PREFIXES, decode_id, encode_id


def converter_of(kind: str) -> type:
    """The converter `<KIND:name>` of a path; what is no id of the kind is no address."""

    class PublicId:
        regex = rf"{PREFIXES[kind]}_[0-9]+"

        def to_python(self, value: str) -> int:
            number = decode_id(kind, value)
            if number is None:
                raise ValueError
            return number

        def to_url(self, value: int | str) -> str:
            return value if isinstance(value, str) else encode_id(kind, value)

    return PublicId


for kind in PREFIXES:
    register_converter(converter_of(kind), kind)
