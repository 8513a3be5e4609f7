"""Which writer belongs to which kind of import."""

from crm.models import ImportJob

from .companies import CompanyWriter
from .orders import OrderWriter
from .people import PersonWriter
from .writer import Writer

WRITERS: dict[str, type[Writer]] = {
    ImportJob.Kind.PEOPLE: PersonWriter,
    ImportJob.Kind.COMPANIES: CompanyWriter,
    ImportJob.Kind.ORDERS: OrderWriter,
}
