"""A Modbus TCP server with registers from a file.

Usage: pymodbus_server.py FILE. Listens on a free loopback port and prints "listening on PORT".
The file gives, by unit and table ("holding" or "input"), the values from an address on:

    {"units": {"1": {"holding": {"0": [1, 2], "100": [{"from": 500, "step": 3, "wrap": 50}]}}}}

A value is a number, or one that grows by "step" each second and starts again after "wrap"
seconds. Addresses that are not named answer with exception 2.
"""

import asyncio
import json
import sys
import time

from pymodbus.datastore import ModbusServerContext, ModbusSlaveContext, ModbusSparseDataBlock
from pymodbus.server.async_io import ModbusTcpServer


class LivingBlock(ModbusSparseDataBlock):
    def getValues(self, address, count=1):
        seconds = int(time.time())
        return [self.now(value, seconds) for value in super().getValues(address, count)]

    @staticmethod
    def now(value, seconds):
        if isinstance(value, dict):
            value = value["from"] + value["step"] * (seconds % value["wrap"])
        return value & 0xFFFF


def block(table):
    return LivingBlock({int(start): row for start, row in table.items()})


def unit(tables):
    return ModbusSlaveContext(
        hr=block(tables.get("holding", {})), ir=block(tables.get("input", {})), zero_mode=True)


async def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        units = json.load(file)["units"]
    context = ModbusServerContext(
        slaves={int(id): unit(tables) for id, tables in units.items()}, single=False)
    server = ModbusTcpServer(context, address=("127.0.0.1", 0))
    running = asyncio.ensure_future(server.serve_forever())
    await server.serving
    print("listening on", server.server.sockets[0].getsockname()[1], flush=True)
    await running


asyncio.run(main())
