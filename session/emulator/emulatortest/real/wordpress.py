# python3 wordpress.py MODULES DATA: serves WordPress on a MariaDB of its own, with the user
# ada, whose application password is open-sesame too. It says its port on standard output,
# and ends with standard input.
import os
import shutil
import socket
import subprocess
import sys
import time

modules, data = sys.argv[1:3]
usr, site, socket_file = modules + '/usr', data + '/site', data + '/db.sock'
os.makedirs(data + '/db')
shutil.copytree(usr + '/share/wordpress', site, ignore_dangling_symlinks=True)
env = dict(os.environ, LD_LIBRARY_PATH=':'.join(usr + '/lib/' + d for d in ('x86_64-linux-gnu', 'aarch64-linux-gnu')))
quiet = dict(env=env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

# The database: its own tables come from the scripts of mariadb-install-db.
mariadb = [
    usr + '/sbin/mariadbd', '--no-defaults', '--datadir=' + data + '/db', '--lc-messages-dir=' + usr + '/share/mysql',
    '--innodb-flush-log-at-trx-commit=0', '--skip-log-bin',
] + (['--user=root'] if os.getuid() == 0 else [])
scripts = b'create database if not exists mysql;\ncreate database site;\nuse mysql;\n'
for name in ('mysql_system_tables', 'mysql_performance_tables', 'mysql_system_tables_data'):
    with open(usr + '/share/mysql/' + name + '.sql', 'rb') as script:
        scripts += script.read()
subprocess.run(mariadb + ['--bootstrap', '--skip-networking', '--skip-grant-tables'], input=scripts, env=env, check=True,
               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
children = [subprocess.Popen(mariadb + ['--skip-networking', '--skip-grant-tables', '--socket=' + socket_file], **quiet)]
while not os.path.exists(socket_file):
    if children[0].poll() is not None:
        sys.exit(children[0].stderr.read().decode())
    time.sleep(0.05)

with socket.create_server(('127.0.0.1', 0)) as free:
    port = str(free.getsockname()[1])
at = 'http://127.0.0.1:' + port
os.remove(site + '/wp-config.php')
with open(site + '/wp-config.php', 'w') as config:
    config.write("""<?php
define('DB_NAME', 'site'); define('DB_USER', 'root'); define('DB_PASSWORD', ''); define('DB_HOST', 'localhost:%s');
define('WP_HOME', '%s'); define('WP_SITEURL', '%s'); define('WP_ENVIRONMENT_TYPE', 'local');
define('DISABLE_WP_CRON', true); define('WP_HTTP_BLOCK_EXTERNAL', true); define('AUTOMATIC_UPDATER_DISABLED', true);
define('WP_CONTENT_DIR', __DIR__ . '/wp-content');
$table_prefix = 'wp_';
if (!defined('ABSPATH')) define('ABSPATH', __DIR__ . '/');
require ABSPATH . 'wp-settings.php';
""" % (socket_file, at, at))
with open(data + '/install.php', 'w') as install:
    install.write("""<?php
define('WP_INSTALLING', true);
$_SERVER['HTTP_HOST'] = '127.0.0.1'; $_SERVER['SERVER_PROTOCOL'] = 'HTTP/1.1'; $_SERVER['REQUEST_METHOD'] = 'GET';
require '%s/wp-load.php';
require ABSPATH . 'wp-admin/includes/upgrade.php';
function wp_mail() { return true; }
$made = wp_install('Site', 'ada', 'ada@example.com', false, '', 'open-sesame');
update_option('permalink_structure', '/%%postname%%/');
update_user_meta($made['user_id'], '_application_passwords', [[
  'uuid' => wp_generate_uuid4(), 'app_id' => '', 'name' => 'test', 'password' => wp_hash_password('opensesame'),
  'created' => time(), 'last_used' => null, 'last_ip' => null]]);
update_network_option(null, 'using_application_passwords', true);
""" % site)
with open(data + '/router.php', 'w') as router:
    router.write("""<?php
$file = $_SERVER['DOCUMENT_ROOT'] . parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH);
if (is_file($file)) return false;
$_SERVER['SCRIPT_NAME'] = '/index.php';
require $_SERVER['DOCUMENT_ROOT'] . '/index.php';
""")
os.makedirs(data + '/sessions')
php = [usr + '/bin/php8.2', '-n', '-d', 'extension_dir=' + usr + '/lib/php/20220829', '-d', 'error_reporting=0']
for extension in ('mysqlnd', 'mysqli', 'ctype', 'tokenizer', 'iconv'):
    php += ['-d', 'extension=' + extension]
subprocess.run(php + [data + '/install.php'], check=True, **quiet)
children.append(subprocess.Popen(php + ['-S', '127.0.0.1:' + port, '-t', site, data + '/router.php'], **quiet))
while True:
    try:
        socket.create_connection(('127.0.0.1', int(port))).close()
        break
    except ConnectionRefusedError:
        time.sleep(0.05)
print(port, flush=True)
sys.stdin.read()
for child in reversed(children):
    child.terminate()
    child.wait()
