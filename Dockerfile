# MetricSpeak's command line. The dbt project to ask is mounted at /project.
FROM python:3.11-slim

RUN useradd --create-home metricspeak
WORKDIR /app
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY semantic semantic
COPY translator translator
COPY ui ui
COPY eval eval
RUN pip install --no-cache-dir -c constraints.txt .

# A named volume takes over the owner of the folder it is mounted on.
RUN mkdir /home/metricspeak/.cache && chown metricspeak /home/metricspeak/.cache
USER metricspeak
ENV DBT_PROJECT_DIR=/project
WORKDIR /project
ENTRYPOINT ["metricspeak"]
CMD ["doctor"]
