"""The assets: one short module for each part of the way from files to the served warehouse.

Here belong definitions: keys, groups, descriptions, metadata. The work itself does not: it is in ``ingest``,
``review_files``, ``warehouse``, ``gate`` and the dbt project.
"""
