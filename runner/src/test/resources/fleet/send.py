# send.py CARD MAC: sends the frames of standard input, a line of hexadecimal digits each, as they are and once more to that neighbour.
import socket
import sys

card = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
card.bind((sys.argv[1], 0))
neighbour = bytes.fromhex(sys.argv[2].replace(":", ""))
sent = 0
for line in sys.stdin:
    frame = bytes.fromhex(line)
    sent += card.send(frame) == len(frame)
    sent += card.send(neighbour + frame[6:]) == len(frame)
print("sent", sent)
