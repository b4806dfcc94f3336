# The application: web, relay, beat and workers are this one image with different commands.
FROM python:3.11-slim-bookworm AS packages
RUN pip install --no-cache-dir uv
COPY requirements/base.txt /tmp/base.txt
RUN uv venv /venv && uv pip install --no-cache --python /venv/bin/python --require-hashes -r /tmp/base.txt

FROM python:3.11-slim-bookworm
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    SMARTMAINT_DATA_DIR=/data SMARTMAINT_LOG_FORMAT=json
RUN useradd --system --create-home smartmaint && install -d -o smartmaint /app /data
COPY --from=packages /venv /venv
WORKDIR /app
COPY --chown=smartmaint . .
USER smartmaint
RUN SMARTMAINT_DATA_DIR=/tmp/build python manage.py collectstatic --no-input && rm -r /tmp/build
VOLUME /data
EXPOSE 8000
CMD ["uvicorn", "smartmaint.asgi:application", "--host", "0.0.0.0", "--port", "8000", "--lifespan", "off", \
     "--no-access-log", "--timeout-graceful-shutdown", "10"]
