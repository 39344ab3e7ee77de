# syntax=docker/dockerfile:1
# One image, three commands: web (the default), worker and beat. compose.yaml shows all of them.

FROM python:3.13-slim AS wheels
WORKDIR /build
COPY requirements.txt .
RUN pip wheel --no-cache-dir --no-deps --require-hashes --wheel-dir /wheels -r requirements.txt

FROM python:3.13-slim
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 DJANGO_SETTINGS_MODULE=config.settings
RUN --mount=type=bind,from=wheels,source=/wheels,target=/wheels \
    pip install --no-cache-dir --no-index --no-deps /wheels/*.whl
# The user owns nothing here: a fault in the application cannot rewrite the application.
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin countersign
WORKDIR /app
COPY --chmod=755 . .
# The settings refuse to start without values, so this one step gets some that exist nowhere else; and they refuse
# a proxy, which this image may have to be built behind.
RUN key=$(python -c "import base64, os; print(base64.urlsafe_b64encode(os.urandom(32)).decode())") && \
    SECRET_KEY="$key" TOKEN_KEYS="once:$key" PUBLIC_URL=https://build.invalid \
    DATABASE_URL=postgresql://build.invalid/build REDIS_URL=redis://build.invalid \
    HTTP_PROXY= HTTPS_PROXY= ALL_PROXY= http_proxy= https_proxy= all_proxy= \
    python manage.py collectstatic --noinput && \
    python -m compileall -q .
USER countersign
EXPOSE 8000
# Asked under the public name, because every other Host header is refused.
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=3 CMD ["python", "-c", "import http.client as h, os, urllib.parse as u; c = h.HTTPConnection('127.0.0.1', int(os.environ.get('PORT', '8000')), timeout=4); c.request('GET', '/healthz', headers={'Host': u.urlsplit(os.environ['PUBLIC_URL']).netloc}); raise SystemExit(c.getresponse().status != 200)"]
CMD ["gunicorn", "config.wsgi"]
