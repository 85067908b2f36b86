"""An SMTP server that writes each mail into a folder.

Usage: smtp_server.py FOLDER FAIL_FIRST. Listens on a free loopback port and prints
"listening on PORT". The first FAIL_FIRST mails are answered with 451.
"""

import asyncio
import os
import sys

from aiosmtpd.smtp import SMTP


class MailFolder:
    def __init__(self, folder, fail_first):
        self.folder = folder
        self.fail_left = fail_first
        self.count = 0

    async def handle_DATA(self, server, session, envelope):
        if self.fail_left > 0:
            self.fail_left -= 1
            return "451 Try again later"
        self.count += 1
        path = os.path.join(self.folder, f"{self.count:06}")
        head = f"X-MailFrom: {envelope.mail_from}\nX-RcptTo: {', '.join(envelope.rcpt_tos)}\n"
        with open(path + ".part", "wb") as file:
            file.write(head.encode() + envelope.content)
        # A reader sees the whole mail or none.
        os.rename(path + ".part", path + ".eml")
        return "250 Taken"


async def main():
    mails = MailFolder(sys.argv[1], int(sys.argv[2]))
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(mails, hostname="localhost", enable_SMTPUTF8=True), "127.0.0.1", 0)
    print("listening on", server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(main())
