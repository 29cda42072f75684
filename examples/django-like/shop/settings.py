"""What the machine says: /etc/shop/shop.conf, as the package's questions were answered."""

import configparser
import os

PATH = os.environ.get("SHOP_CONF", "/etc/shop/shop.conf")

_parser = configparser.ConfigParser(interpolation=None)
_parser.read_string("[shop]\ntitle = A shop\nport = 8000\ndsn = dbname=shop\nmedia = /srv/shop/media\n")
_parser.read(PATH)

TITLE = _parser["shop"]["title"]
PORT = _parser["shop"].getint("port")
DSN = _parser["shop"]["dsn"]
MEDIA = _parser["shop"]["media"]
