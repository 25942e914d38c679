"""What `torch.utils.tensorboard` exports, for scripts that import it."""

from glassboard._file_writer import FileWriter, RecordWriter
from glassboard._writer import SummaryWriter

__all__ = ["FileWriter", "RecordWriter", "SummaryWriter"]
