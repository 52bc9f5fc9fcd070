/* eslint-disable */
/**
 * Written by scripts/airflow-types.mjs from the OpenAPI file of apache-airflow-core 3.3.2 (Apache License 2.0).
 */
export interface paths {
  '/api/v2/version': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** Get Version */
    get: operations['get_version']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v2/dags': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** Get Dags */
    get: operations['get_dags']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v2/dags/{dag_id}': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** Get Dag */
    get: operations['get_dag']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v2/dags/{dag_id}/details': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** Get Dag Details */
    get: operations['get_dag_details']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v2/dags/{dag_id}/dagRuns': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** Get Dag Runs */
    get: operations['get_dag_runs']
    put?: never
    /** Trigger Dag Run */
    post: operations['trigger_dag_run']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v2/dags/{dag_id}/dagRuns/{dag_run_id}': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** Get Dag Run */
    get: operations['get_dag_run']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    /** Patch Dag Run */
    patch: operations['patch_dag_run']
    trace?: never
  }
  '/api/v2/dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/list': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /** Get Task Instances Batch */
    post: operations['get_task_instances_batch']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v2/dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/{task_id}/xcomEntries/{xcom_key}': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** Get Xcom Entry */
    get: operations['get_xcom_entry']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v2/assets': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** Get Assets */
    get: operations['get_assets']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v2/assets/events': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /** Create Asset Event */
    post: operations['create_asset_event']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
}
export type webhooks = Record<string, never>
export interface components {
  schemas: {
    VersionInfo: {
      version: string
      git_version: string | null
    }
    /** @enum {string} */
    DagRunState: 'queued' | 'running' | 'success' | 'failed'
    DAGCollectionResponse: {
      dags: components['schemas']['DAGResponse'][]
      total_entries: number
    }
    DAGResponse: {
      dag_id: string
      dag_display_name: string
      is_paused: boolean
      is_stale: boolean
      last_parsed_time: string | null
      last_parse_duration: number | null
      last_expired: string | null
      bundle_name: string | null
      bundle_version: string | null
      relative_fileloc: string | null
      fileloc: string
      description: string | null
      timetable_summary: string | null
      timetable_description: string | null
      timetable_partitioned: boolean
      timetable_periodic: boolean
      tags: components['schemas']['DagTagResponse'][]
      max_active_tasks: number
      max_active_runs: number | null
      max_consecutive_failed_dag_runs: number
      has_task_concurrency_limits: boolean
      has_import_errors: boolean
      next_dagrun_logical_date: string | null
      next_dagrun_data_interval_start: string | null
      next_dagrun_data_interval_end: string | null
      next_dagrun_run_after: string | null
      allowed_run_types: components['schemas']['DagRunType'][] | null
      owners: string[]
      readonly is_backfillable: boolean
      readonly file_token: string
    }
    DagTagResponse: {
      name: string
      dag_id: string
      dag_display_name: string
    }
    /** @enum {string} */
    DagRunType: 'backfill' | 'scheduled' | 'manual' | 'operator_triggered' | 'asset_triggered' | 'asset_materialization'
    HTTPExceptionResponse: {
      detail:
        | string
        | {
            [key: string]: unknown
          }
    }
    HTTPValidationError: {
      detail?: components['schemas']['ValidationError'][]
    }
    ValidationError: {
      loc: (string | number)[]
      msg: string
      type: string
      input?: unknown
      ctx?: Record<string, never>
    }
    DAGDetailsResponse: {
      dag_id: string
      dag_display_name: string
      is_paused: boolean
      is_stale: boolean
      last_parsed_time: string | null
      last_parse_duration: number | null
      last_expired: string | null
      bundle_name: string | null
      bundle_version: string | null
      relative_fileloc: string | null
      fileloc: string
      description: string | null
      timetable_summary: string | null
      timetable_description: string | null
      timetable_partitioned: boolean
      timetable_periodic: boolean
      tags: components['schemas']['DagTagResponse'][]
      max_active_tasks: number
      max_active_runs: number | null
      max_consecutive_failed_dag_runs: number
      has_task_concurrency_limits: boolean
      has_import_errors: boolean
      next_dagrun_logical_date: string | null
      next_dagrun_data_interval_start: string | null
      next_dagrun_data_interval_end: string | null
      next_dagrun_run_after: string | null
      allowed_run_types: components['schemas']['DagRunType'][] | null
      owners: string[]
      catchup: boolean
      dag_run_timeout: string | null
      asset_expression: {
        [key: string]: unknown
      } | null
      doc_md: string | null
      start_date: string | null
      end_date: string | null
      is_paused_upon_creation: boolean | null
      params: {
        [key: string]: unknown
      } | null
      render_template_as_native_obj: boolean
      template_search_path: string[] | null
      timezone: string | null
      last_parsed: string | null
      default_args: {
        [key: string]: unknown
      } | null
      rerun_with_latest_version?: boolean | null
      owner_links?: {
        [key: string]: string
      } | null
      /** @default false */
      is_favorite: boolean
      /** @default 0 */
      active_runs_count: number
      readonly is_backfillable: boolean
      readonly file_token: string
      /** @deprecated */
      readonly concurrency: number
      readonly latest_dag_version: components['schemas']['DagVersionResponse'] | null
    }
    DagVersionResponse: {
      /** Format: uuid */
      id: string
      version_number: number
      dag_id: string
      bundle_name: string | null
      bundle_version: string | null
      /** Format: date-time */
      created_at: string
      dag_display_name: string
      bundle_url: string | null
    }
    DAGRunCollectionResponse: {
      dag_runs: components['schemas']['DAGRunResponse'][]
      total_entries?: number | null
      total_entries_limit?: number | null
      next_cursor?: string | null
      previous_cursor?: string | null
    }
    DAGRunResponse: {
      dag_run_id: string
      dag_id: string
      logical_date: string | null
      queued_at: string | null
      start_date: string | null
      end_date: string | null
      duration: number | null
      data_interval_start: string | null
      data_interval_end: string | null
      /** Format: date-time */
      run_after: string
      last_scheduling_decision: string | null
      run_type: components['schemas']['DagRunType']
      state: components['schemas']['DagRunState']
      triggered_by: components['schemas']['DagRunTriggeredByType'] | null
      triggering_user_name: string | null
      conf: {
        [key: string]: unknown
      } | null
      note: string | null
      dag_versions: components['schemas']['DagVersionResponse'][]
      bundle_version: string | null
      dag_display_name: string
      partition_key: string | null
      partition_date: string | null
    }
    /** @enum {string} */
    DagRunTriggeredByType: 'cli' | 'operator' | 'rest_api' | 'ui' | 'test' | 'timetable' | 'asset' | 'backfill'
    TriggerDAGRunPostBody: {
      dag_run_id?: string | null
      data_interval_start?: string | null
      data_interval_end?: string | null
      logical_date: string | null
      run_after?: string | null
      conf?: {
        [key: string]: unknown
      } | null
      note?: string | null
      partition_key?: string | null
    }
    DAGRunPatchBody: {
      state?: components['schemas']['DagRunMutableStates'] | null
      note?: string | null
    }
    /** @enum {string} */
    DagRunMutableStates: 'queued' | 'success' | 'failed'
    TaskInstancesBatchBody: {
      dag_ids?: string[] | null
      dag_run_ids?: string[] | null
      task_ids?: string[] | null
      state?: (components['schemas']['TaskInstanceState'] | null)[] | null
      run_after_gte?: string | null
      run_after_gt?: string | null
      run_after_lte?: string | null
      run_after_lt?: string | null
      logical_date_gte?: string | null
      logical_date_gt?: string | null
      logical_date_lte?: string | null
      logical_date_lt?: string | null
      start_date_gte?: string | null
      start_date_gt?: string | null
      start_date_lte?: string | null
      start_date_lt?: string | null
      end_date_gte?: string | null
      end_date_gt?: string | null
      end_date_lte?: string | null
      end_date_lt?: string | null
      duration_gte?: number | null
      duration_gt?: number | null
      duration_lte?: number | null
      duration_lt?: number | null
      pool?: string[] | null
      queue?: string[] | null
      executor?: string[] | null
      /** @default 0 */
      page_offset: number
      /** @default 100 */
      page_limit: number
      order_by?: string | null
    }
    /** @enum {string} */
    TaskInstanceState:
      | 'removed'
      | 'scheduled'
      | 'queued'
      | 'running'
      | 'success'
      | 'restarting'
      | 'failed'
      | 'up_for_retry'
      | 'up_for_reschedule'
      | 'upstream_failed'
      | 'skipped'
      | 'deferred'
      | 'awaiting_input'
    TaskInstanceCollectionResponse: {
      task_instances: components['schemas']['TaskInstanceResponse'][]
      total_entries?: number | null
      total_entries_limit?: number | null
      next_cursor?: string | null
      previous_cursor?: string | null
    }
    TaskInstanceResponse: {
      /** Format: uuid */
      id: string
      task_id: string
      dag_id: string
      dag_run_id: string
      map_index: number
      logical_date: string | null
      /** Format: date-time */
      run_after: string
      start_date: string | null
      end_date: string | null
      duration: number | null
      state: components['schemas']['TaskInstanceState'] | null
      try_number: number
      max_tries: number
      task_display_name: string
      dag_display_name: string
      hostname: string | null
      unixname: string | null
      pool: string
      pool_slots: number
      queue: string | null
      priority_weight: number | null
      operator: string | null
      operator_name: string | null
      queued_when: string | null
      scheduled_when: string | null
      pid: number | null
      executor: string | null
      executor_config: string
      note: string | null
      rendered_map_index: string | null
      rendered_fields?: {
        [key: string]: unknown
      }
      trigger: components['schemas']['TriggerResponse'] | null
      triggerer_job: components['schemas']['JobResponse'] | null
      dag_version: components['schemas']['DagVersionResponse'] | null
    }
    TriggerResponse: {
      id: number
      classpath: string
      /** @deprecated */
      kwargs: string
      /** Format: date-time */
      created_date: string
      queue: string | null
      triggerer_id: number | null
    }
    JobResponse: {
      id: number
      dag_id: string | null
      state: string | null
      job_type: string | null
      start_date: string | null
      end_date: string | null
      latest_heartbeat: string | null
      executor_class: string | null
      hostname: string | null
      unixname: string | null
      dag_display_name?: string | null
    }
    XComResponseNative: {
      key: string
      /** Format: date-time */
      timestamp: string
      logical_date: string | null
      map_index: number
      task_id: string
      dag_id: string
      run_id: string
      dag_display_name: string
      task_display_name: string
      /** Format: date-time */
      run_after: string
      value: unknown
    }
    XComResponseString: {
      key: string
      /** Format: date-time */
      timestamp: string
      logical_date: string | null
      map_index: number
      task_id: string
      dag_id: string
      run_id: string
      dag_display_name: string
      task_display_name: string
      /** Format: date-time */
      run_after: string
      value: string | null
    }
    AssetCollectionResponse: {
      assets: components['schemas']['AssetResponse'][]
      total_entries: number
    }
    AssetResponse: {
      id: number
      name: string
      uri: string
      group: string
      extra?: {
        [key: string]: components['schemas']['JsonValue']
      } | null
      /** Format: date-time */
      created_at: string
      /** Format: date-time */
      updated_at: string
      scheduled_dags: components['schemas']['DagScheduleAssetReference'][]
      producing_tasks: components['schemas']['TaskOutletAssetReference'][]
      consuming_tasks: components['schemas']['TaskInletAssetReference'][]
      aliases: components['schemas']['AssetAliasResponse'][]
      watchers: components['schemas']['AssetWatcherResponse'][]
      last_asset_event?: components['schemas']['LastAssetEventResponse'] | null
    }
    JsonValue: unknown
    DagScheduleAssetReference: {
      dag_id: string
      /** Format: date-time */
      created_at: string
      /** Format: date-time */
      updated_at: string
    }
    TaskOutletAssetReference: {
      dag_id: string
      task_id: string
      /** Format: date-time */
      created_at: string
      /** Format: date-time */
      updated_at: string
    }
    TaskInletAssetReference: {
      dag_id: string
      task_id: string
      /** Format: date-time */
      created_at: string
      /** Format: date-time */
      updated_at: string
    }
    AssetAliasResponse: {
      id: number
      name: string
      group: string
    }
    AssetWatcherResponse: {
      name: string
      trigger_id: number
      /** Format: date-time */
      created_date: string
    }
    LastAssetEventResponse: {
      id?: number | null
      timestamp?: string | null
    }
    CreateAssetEventsBody: {
      asset_id: number
      partition_key?: string | null
      extra?: {
        [key: string]: unknown
      }
      access_control?: components['schemas']['AssetEventAccessControl'] | null
    }
    AssetEventAccessControl: {
      consumer_teams?: string[] | null
      /** @default true */
      allow_global: boolean
    }
    AssetEventResponse: {
      id: number
      asset_id: number
      uri?: string | null
      name?: string | null
      group?: string | null
      extra?: {
        [key: string]: components['schemas']['JsonValue']
      } | null
      source_task_id?: string | null
      source_dag_id?: string | null
      source_run_id?: string | null
      source_map_index: number
      created_dagruns: components['schemas']['DagRunAssetReference'][]
      /** Format: date-time */
      timestamp: string
      partition_key?: string | null
    }
    DagRunAssetReference: {
      run_id: string
      dag_id: string
      logical_date: string | null
      /** Format: date-time */
      start_date: string
      end_date: string | null
      state: string
      data_interval_start: string | null
      data_interval_end: string | null
      partition_key: string | null
      triggering: boolean
    }
  }
  responses: never
  parameters: never
  requestBodies: never
  headers: never
  pathItems: never
}
export type $defs = Record<string, never>
export interface operations {
  get_version: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['VersionInfo']
        }
      }
    }
  }
  get_dags: {
    parameters: {
      query?: {
        limit?: number
        offset?: number
        tags?: string[]
        tags_match_mode?: ('any' | 'all') | null
        owners?: string[]
        dag_id_pattern?: string | null
        dag_id_prefix_pattern?: string | null
        dag_display_name_pattern?: string | null
        dag_display_name_prefix_pattern?: string | null
        exclude_stale?: boolean
        paused?: boolean | null
        has_import_errors?: boolean | null
        last_dag_run_state?: components['schemas']['DagRunState'] | null
        bundle_name?: string | null
        bundle_version?: string | null
        has_asset_schedule?: boolean | null
        asset_dependency?: string | null
        dag_run_start_date_gte?: string | null
        dag_run_start_date_gt?: string | null
        dag_run_start_date_lte?: string | null
        dag_run_start_date_lt?: string | null
        dag_run_end_date_gte?: string | null
        dag_run_end_date_gt?: string | null
        dag_run_end_date_lte?: string | null
        dag_run_end_date_lt?: string | null
        dag_run_state?: string[]
        order_by?: string[]
        is_favorite?: boolean | null
        timetable_type?: string[]
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['DAGCollectionResponse']
        }
      }
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['HTTPExceptionResponse']
        }
      }
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['HTTPExceptionResponse']
        }
      }
      422: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['HTTPValidationError']
        }
      }
    }
  }
  get_dag: {
    parameters: {
      query?: never
      header?: never
      path: {
        dag_id: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['DAGResponse']
        }
      }
      400: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['HTTPExceptionResponse']
        }
      }
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['HTTPExceptionResponse']
        }
      }
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['HTTPExceptionResponse']
        }
      }
      404: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['HTTPExceptionResponse']
        }
      }
      422: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['HTTPExceptionResponse']
        }
      }
    }
  }
  get_dag_details: {
    parameters: {
      query?: never
      header?: never
      path: {
        dag_id: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['DAGDetailsResponse']
        }
      }
      400: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['HTTPExceptionResponse']
        }
      }
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['HTTPExceptionResponse']
        }
      }
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['HTTPExceptionResponse']
        }
      }
      404: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['HTTPExceptionResponse']
        }
      }
      422: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['HTTPValidationError']
        }
      }
    }
  }
  get_dag_runs: {
    parameters: {
      query?: {
        partition_date_gte?: string | null
        partition_date_lte?: string | null
        cursor?: string | null
        limit?: number
        offset?: number
        run_after_gte?: string | null
        run_after_gt?: string | null
        run_after_lte?: string | null
        run_after_lt?: string | null
        logical_date_gte?: string | null
        logical_date_gt?: string | null
        logical_date_lte?: string | null
        logical_date_lt?: string | null
        start_date_gte?: string | null
        start_date_gt?: string | null
        start_date_lte?: string | null
        start_date_lt?: string | null
        end_date_gte?: string | null
        end_date_gt?: string | null
        end_date_lte?: string | null
        end_date_lt?: string | null
        duration_gte?: number | null
        duration_gt?: number | null
        duration_lte?: number | null
        duration_lt?: number | null
        updated_at_gte?: string | null
        updated_at_gt?: string | null
        updated_at_lte?: string | null
        updated_at_lt?: string | null
        conf_contains?: string
        run_type?: string[]
        state?: string[]
        dag_version?: number[]
        bundle_version?: string | null
        order_by?: string[]
        run_id_pattern?: string | null
        run_id_prefix_pattern?: string | null
        triggering_user_name_pattern?: string | null
        triggering_user_name_prefix_pattern?: string | null
        dag_id_pattern?: string | null
        dag_id_prefix_pattern?: string | null
        partition_key_pattern?: string | null
        partition_key_prefix_pattern?: string | null
        consuming_asset_pattern?: string | null
      }
      header?: never
      path: {
        dag_id: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['DAGRunCollectionResponse']
        }
      }
      400: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['HTTPExceptionResponse']
        }
      }
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['HTTPExceptionResponse']
        }
      }
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['HTTPExceptionResponse']
        }
      }
      404: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['HTTPExceptionResponse']
        }
      }
      422: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['HTTPValidationError']
        }
      }
    }
  }
  trigger_dag_run: {
    parameters: {
      query?: never
      header?: never
      path: {
        dag_id: unknown
      }
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': components['schemas']['TriggerDAGRunPostBody']
      }
    }
    responses: {
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['DAGRunResponse']
        }
      }
      400: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['HTTPExceptionResponse']
        }
      }
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['HTTPExceptionResponse']
        }
      }
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['HTTPExceptionResponse']
        }
      }
      404: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['HTTPExceptionResponse']
        }
      }
      409: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['HTTPExceptionResponse']
        }
      }
      422: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['HTTPValidationError']
        }
      }
    }
  }
  get_dag_run: {
    parameters: {
      query?: never
      header?: never
      path: {
        dag_id: string
        dag_run_id: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['DAGRunResponse']
        }
      }
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['HTTPExceptionResponse']
        }
      }
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['HTTPExceptionResponse']
        }
      }
      404: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['HTTPExceptionResponse']
        }
      }
      422: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['HTTPValidationError']
        }
      }
    }
  }
  patch_dag_run: {
    parameters: {
      query?: {
        update_mask?: string[] | null
      }
      header?: never
      path: {
        dag_id: string
        dag_run_id: string
      }
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': components['schemas']['DAGRunPatchBody']
      }
    }
    responses: {
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['DAGRunResponse']
        }
      }
      400: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['HTTPExceptionResponse']
        }
      }
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['HTTPExceptionResponse']
        }
      }
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['HTTPExceptionResponse']
        }
      }
      404: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['HTTPExceptionResponse']
        }
      }
      422: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['HTTPValidationError']
        }
      }
    }
  }
  get_task_instances_batch: {
    parameters: {
      query?: never
      header?: never
      path: {
        dag_id: '~'
        dag_run_id: '~'
      }
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': components['schemas']['TaskInstancesBatchBody']
      }
    }
    responses: {
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['TaskInstanceCollectionResponse']
        }
      }
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['HTTPExceptionResponse']
        }
      }
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['HTTPExceptionResponse']
        }
      }
      404: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['HTTPExceptionResponse']
        }
      }
      422: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['HTTPValidationError']
        }
      }
    }
  }
  get_xcom_entry: {
    parameters: {
      query?: {
        map_index?: number
        deserialize?: boolean
        stringify?: boolean
      }
      header?: never
      path: {
        dag_id: string
        task_id: string
        dag_run_id: string
        xcom_key: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['XComResponseNative'] | components['schemas']['XComResponseString']
        }
      }
      400: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['HTTPExceptionResponse']
        }
      }
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['HTTPExceptionResponse']
        }
      }
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['HTTPExceptionResponse']
        }
      }
      404: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['HTTPExceptionResponse']
        }
      }
      422: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['HTTPValidationError']
        }
      }
    }
  }
  get_assets: {
    parameters: {
      query?: {
        limit?: number
        offset?: number
        name_pattern?: string | null
        name_prefix_pattern?: string | null
        uri_pattern?: string | null
        uri_prefix_pattern?: string | null
        dag_ids?: string[]
        only_active?: boolean
        order_by?: string[]
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['AssetCollectionResponse']
        }
      }
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['HTTPExceptionResponse']
        }
      }
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['HTTPExceptionResponse']
        }
      }
      404: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['HTTPExceptionResponse']
        }
      }
      422: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['HTTPValidationError']
        }
      }
    }
  }
  create_asset_event: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': components['schemas']['CreateAssetEventsBody']
      }
    }
    responses: {
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['AssetEventResponse']
        }
      }
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['HTTPExceptionResponse']
        }
      }
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['HTTPExceptionResponse']
        }
      }
      404: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['HTTPExceptionResponse']
        }
      }
      422: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['HTTPValidationError']
        }
      }
    }
  }
}
