from importlib import import_module

Migration = import_module("jobs.migrations.0001_initial").Migration
