from .dump_writer import DumpWriter as DumpWriter
