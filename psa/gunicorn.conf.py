"""gunicorn in production. More workers or threads: GUNICORN_CMD_ARGS="--workers 4", or more replicas."""

bind = "0.0.0.0:8000"
worker_class = "gthread"
workers = 2
threads = 8
# Each worker loads Tandem for itself: a connection pool must not be opened before a fork.
preload_app = False
timeout = 60
graceful_timeout = 30
keepalive = 75
# A worker is replaced now and then, not all at once.
max_requests = 10000
max_requests_jitter = 1000
worker_tmp_dir = "/dev/shm"
accesslog = None
errorlog = "-"
