"""A Modbus server of somebody else's making: pymodbus, or libmodbus through ctypes.

Usage: modbus_peer.py pymodbus|libmodbus tcp|tcp6|rtu|rtu-tcp DEVICE FILE. DEVICE is a serial device
for rtu; over TCP a free loopback port is taken and "listening on PORT" printed ("listening on 0"
for rtu). tcp6 is pymodbus over IPv6. The file gives unit, points, the address from which on holding
registers come slowly, and the one from which on they are refused, each by the exception of its
distance (pymodbus knows 4 only, and 2 of itself):

    {"unit": 7, "slow_from": 900, "slow_seconds": 0.4, "refused_from": 3000,
     "points": [{"table": "Holding", "address": 0, "type": "F32", "order": "Cdab", "value": 1.5}]}

Registers are packed here, so that the reader under test shares no code with the writer.
"""

import asyncio
import ctypes
import json
import os
import socket
import struct
import sys
import time

FORMATS = {"U16": ">H", "I16": ">h", "U32": ">I", "I32": ">i", "F32": ">f",
           "U64": ">Q", "I64": ">q", "F64": ">d"}
TABLES = ["Coil", "Discrete", "Input", "Holding"]


def registers(point):
    kind, value = point["type"], point["value"]
    if kind == "Bit":
        return [int(value)]
    if kind in ("Bcd16", "Bcd32"):
        octets = bytes.fromhex(str(int(value)).zfill(4 if kind == "Bcd16" else 8))
    elif kind == "Text":
        octets = value.encode().ljust(2 * point["count"], b"\0")
    else:
        number = float(value) if kind.startswith("F") else int(value)
        octets = struct.pack(FORMATS[kind], number)
    words = [octets[i:i + 2] for i in range(0, len(octets), 2)]
    if point["order"] in ("Cdab", "Dcba"):
        words.reverse()
    if point["order"] in ("Badc", "Dcba"):
        words = [word[::-1] for word in words]
    return [struct.unpack(">H", word)[0] for word in words]


def tables(plan):
    cells = {table: {} for table in TABLES}
    for point in plan["points"]:
        for i, word in enumerate(registers(point)):
            cells[point["table"]][point["address"] + i] = word
    return cells


async def pymodbus_server(transport, device, plan):
    from pymodbus.datastore import (
        ModbusServerContext, ModbusSlaveContext, ModbusSparseDataBlock)
    from pymodbus.device import ModbusDeviceIdentification
    from pymodbus.server.async_io import ModbusSerialServer, ModbusTcpServer
    from pymodbus.transaction import ModbusRtuFramer, ModbusSocketFramer

    class SlowBlock(ModbusSparseDataBlock):
        def getValues(self, address, count=1):
            if address == plan["refused_from"] + 4:
                raise RuntimeError("the device has failed")
            if address >= plan["slow_from"]:
                time.sleep(plan["slow_seconds"])
            return super().getValues(address, count)

        def validate(self, address, count=1):
            return address == plan["refused_from"] + 4 or super().validate(address, count)

    cells = tables(plan)
    co, di, ir = (ModbusSparseDataBlock(cells[table]) for table in TABLES[:3])
    hr = SlowBlock(cells["Holding"])
    unit = ModbusSlaveContext(co=co, di=di, ir=ir, hr=hr, zero_mode=True)
    context = ModbusServerContext(slaves={plan["unit"]: unit}, single=False)
    identity = ModbusDeviceIdentification(info_name={
        "VendorName": "peer", "ProductCode": "P1", "MajorMinorRevision": "1.0"})
    if transport == "rtu":
        server = ModbusSerialServer(
            context, framer=ModbusRtuFramer, identity=identity, port=device, baudrate=19200,
            bytesize=8, parity="N", stopbits=1)
        await server.start()
        running = asyncio.ensure_future(server.serve_forever())
        port = 0
    else:
        framer = ModbusRtuFramer if transport == "rtu-tcp" else ModbusSocketFramer
        host = "::1" if transport == "tcp6" else "127.0.0.1"
        server = ModbusTcpServer(
            context, framer=framer, identity=identity, address=(host, 0))
        running = asyncio.ensure_future(server.serve_forever())
        await server.serving
        port = server.server.sockets[0].getsockname()[1]
    print("listening on", port, flush=True)
    await running


class Mapping(ctypes.Structure):
    _fields_ = [(name, ctypes.c_int) for name in (
        "nb_bits", "start_bits", "nb_input_bits", "start_input_bits", "nb_input_registers",
        "start_input_registers", "nb_registers", "start_registers")] + [
            ("Coil", ctypes.POINTER(ctypes.c_uint8)),
            ("Discrete", ctypes.POINTER(ctypes.c_uint8)),
            ("Input", ctypes.POINTER(ctypes.c_uint16)),
            ("Holding", ctypes.POINTER(ctypes.c_uint16))]


def libmodbus_server(transport, device, plan):
    lib = ctypes.CDLL("libmodbus.so.5", use_errno=True)
    for name in ("modbus_new_tcp", "modbus_new_rtu"):
        getattr(lib, name).restype = ctypes.c_void_p
    lib.modbus_mapping_new.restype = ctypes.POINTER(Mapping)
    cells = tables(plan)
    sizes = [max(cells[table], default=-1) + 1 for table in (
        "Coil", "Discrete", "Holding", "Input")]
    mapping = lib.modbus_mapping_new(*sizes)
    for table, row in cells.items():
        for address, word in row.items():
            getattr(mapping.contents, table)[address] = word

    if transport == "tcp":
        context = ctypes.c_void_p(lib.modbus_new_tcp(b"127.0.0.1", 0))
        listener = ctypes.c_int(lib.modbus_tcp_listen(context, 1))
        print("listening on", socket.socket(
            fileno=os.dup(listener.value)).getsockname()[1], flush=True)
    else:
        context = ctypes.c_void_p(lib.modbus_new_rtu(
            device.encode(), 19200, ctypes.c_char(b"N"), 8, 1))
        lib.modbus_set_slave(context, plan["unit"])
        if lib.modbus_connect(context) != 0:
            sys.exit("libmodbus cannot open " + device)
        print("listening on 0", flush=True)

    query = (ctypes.c_uint8 * 260)()
    head = 7 if transport == "tcp" else 1
    while True:
        if transport == "tcp":
            lib.modbus_tcp_accept(context, ctypes.byref(listener))
        while True:
            count = lib.modbus_receive(context, query)
            if count < 0 and transport == "tcp":
                break
            if count <= 0:
                continue
            address = query[head + 1] * 256 + query[head + 2]
            if query[head] == 3 and address >= plan["refused_from"]:
                lib.modbus_reply_exception(context, query, address - plan["refused_from"])
                continue
            if query[head] == 3 and address >= plan["slow_from"]:
                time.sleep(plan["slow_seconds"])
            lib.modbus_reply(context, query, count, mapping)
        lib.modbus_close(context)


def main():
    library, transport, device, file = sys.argv[1:]
    with open(file, encoding="utf-8") as text:
        plan = json.load(text)
    if library == "pymodbus":
        asyncio.run(pymodbus_server(transport, device, plan))
    else:
        libmodbus_server(transport, device, plan)


main()
