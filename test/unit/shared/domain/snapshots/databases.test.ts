import { describe, expect, it } from 'vitest';
import { databaseOf } from '@shared/domain/snapshots/databases';

describe('the database of an image', () => {
  it.each([
    ['postgres:16-alpine', [], { family: 'postgres', label: 'postgres 16' }],
    ['postgres:latest', ['PG_MAJOR=17', 'PG_VERSION=17.2-1'], { family: 'postgres', label: 'postgres 17' }],
    ['docker.io/library/postgres@sha256:abc', [], { family: 'postgres', label: 'postgres' }],
    ['timescale/timescaledb:2.15.0-pg16', ['PG_MAJOR=16'], { family: 'postgres', label: 'postgres 16' }],
    ['pgvector/pgvector:pg17', [], { family: 'postgres', label: 'postgres 17' }],
    ['localhost:5000/team/postgis:15', [], { family: 'postgres', label: 'postgres 15' }],
    ['mysql:8.0.36', [], { family: 'mysql', label: 'mysql 8.0' }],
    ['mariadb:lts', ['MARIADB_VERSION=1:11.4.2+maria~ubu2404'], { family: 'mysql', label: 'mariadb 11.4' }],
    ['percona:8', ['MYSQL_VERSION=8.0.40'], { family: 'mysql', label: 'mysql 8.0' }],
    ['redis:7.2.4', [], { family: 'redis', label: 'redis 7.2' }],
    ['valkey/valkey:8', [], { family: 'redis', label: 'valkey 8' }],
    // Built here on an official image: its own name says nothing.
    ['shop-db', ['PATH=/bin', 'PG_MAJOR=16'], { family: 'postgres', label: 'postgres 16' }],
    // The client of another database is in the image too.
    ['redis:7', ['PG_MAJOR=16', 'REDIS_VERSION=7.4.1'], { family: 'redis', label: 'redis 7.4' }],
    ['nginx:1.27', [], null],
    ['postgres-exporter:1', [], null],
    ['constructor', [], null],
    ['', [], null],
  ])('%s', (reference, environment, expected) => {
    expect(databaseOf(reference, environment)).toEqual(expected);
  });
});
