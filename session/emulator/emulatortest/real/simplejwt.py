# python3 simplejwt.py MODULES DATA: serves Simple JWT with the user ada, says its port on
# standard output, and ends with standard input.
import os
import sys
import threading
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

modules, data = sys.argv[1:3]
sys.path.insert(0, modules + '/usr/lib/python3/dist-packages')
os.makedirs(data)

import django
from django.conf import settings

settings.configure(
    SECRET_KEY='of-this-server-alone-and-long-enough',
    ALLOWED_HOSTS=['127.0.0.1'],
    ROOT_URLCONF=__name__,
    USE_TZ=True,
    DEFAULT_AUTO_FIELD='django.db.models.BigAutoField',
    DATABASES={'default': {'ENGINE': 'django.db.backends.sqlite3', 'NAME': data + '/db.sqlite3', 'OPTIONS': {'timeout': 20}}},
    INSTALLED_APPS=[
        'django.contrib.auth', 'django.contrib.contenttypes', 'rest_framework', 'rest_framework_simplejwt.token_blacklist',
    ],
    PASSWORD_HASHERS=['django.contrib.auth.hashers.MD5PasswordHasher'],
    SIMPLE_JWT={'ROTATE_REFRESH_TOKENS': True, 'BLACKLIST_AFTER_ROTATION': True},
)
django.setup()

from django.contrib.auth.models import User
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.urls import path
from rest_framework_simplejwt.views import TokenBlacklistView, TokenObtainPairView, TokenRefreshView, TokenVerifyView

urlpatterns = [
    path('api/token/', TokenObtainPairView.as_view()),
    path('api/token/refresh/', TokenRefreshView.as_view()),
    path('api/token/verify/', TokenVerifyView.as_view()),
    path('api/token/blacklist/', TokenBlacklistView.as_view()),
]

call_command('migrate', verbosity=0)
User.objects.create_user('ada', 'ada@example.com', 'open-sesame')


class Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class Quiet(WSGIRequestHandler):
    def log_message(self, *_):
        pass


server = make_server('127.0.0.1', 0, get_wsgi_application(), Server, Quiet)
threading.Thread(target=server.serve_forever, daemon=True).start()
print(server.server_port, flush=True)
sys.stdin.read()
