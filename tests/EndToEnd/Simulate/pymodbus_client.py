"""Asks a Modbus server and prints what pymodbus makes of the answers.

Usage: pymodbus_client.py LINK QUESTION...
LINK is tcp:HOST:PORT, rtu-tcp:HOST:PORT or the path of a serial line. A QUESTION is
KIND:UNIT:ADDRESS:COUNT with a KIND of holding, input, coil, discrete, or write, write-many and
read-write, whose COUNT is the list of words, or identify. Prints a line for each: the words or
bits, "exception N", or "none" where no answer came that pymodbus takes.
"""

import sys

from pymodbus.client import ModbusSerialClient, ModbusTcpClient
from pymodbus.exceptions import ModbusException
from pymodbus.mei_message import ReadDeviceInformationRequest
from pymodbus.pdu import ExceptionResponse
from pymodbus.transaction import ModbusRtuFramer, ModbusSocketFramer

TIMEOUT = 1


def connect(link):
    if link.startswith("/"):
        return ModbusSerialClient(
            link, framer=ModbusRtuFramer, baudrate=19200, timeout=TIMEOUT, retries=0)
    kind, host, port = link.split(":")
    framer = ModbusRtuFramer if kind == "rtu-tcp" else ModbusSocketFramer
    return ModbusTcpClient(host, int(port), framer=framer, timeout=TIMEOUT, retries=0)


def ask(client, question):
    kind, unit, address, rest = question.split(":")
    unit, address = int(unit), int(address)
    words = [int(word) for word in rest.split(",")]
    count = words[0]
    if kind == "holding":
        return client.read_holding_registers(address, count, slave=unit)
    if kind == "input":
        return client.read_input_registers(address, count, slave=unit)
    if kind == "coil":
        return client.read_coils(address, count, slave=unit)
    if kind == "discrete":
        return client.read_discrete_inputs(address, count, slave=unit)
    if kind == "write":
        return client.write_register(address, count, slave=unit)
    if kind == "write-many":
        return client.write_registers(address, words, slave=unit)
    if kind == "read-write":
        return client.readwrite_registers(
            read_address=address, read_count=len(words), write_address=address,
            write_registers=words, unit=unit)
    return client.execute(ReadDeviceInformationRequest(count, address, unit=unit))


def told(answer, question):
    if isinstance(answer, ExceptionResponse):
        return f"exception {answer.exception_code}"
    if answer is None or answer.isError():
        return "none"
    if hasattr(answer, "information"):
        return " ".join(text.decode() for _, text in sorted(answer.information.items()))
    if hasattr(answer, "registers"):
        return " ".join(str(word) for word in answer.registers)
    if hasattr(answer, "bits"):
        return " ".join(str(int(bit)) for bit in answer.bits[:int(question.split(":")[3])])
    return "written"


def main():
    client = connect(sys.argv[1])
    if not client.connect():
        print("not connected")
        return
    for question in sys.argv[2:]:
        try:
            print(told(ask(client, question), question), flush=True)
        except ModbusException:
            print("none", flush=True)
            client.close()
            client.connect()
    client.close()
    print("done", flush=True)


main()
