# Prints the words in brackets in the frames that come in by any card.
import re
import socket

cards = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
cards.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
print("watching", flush=True)
while True:
    frame, source = cards.recvfrom(65536)
    if source[2] != socket.PACKET_OUTGOING:
        for word in re.findall(rb"\[([^]]+)\]", frame):
            print(word.decode(errors="replace"), flush=True)
