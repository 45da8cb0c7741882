// SPDX-License-Identifier: Apache-2.0
/**
 * The subsystems of the tracepoints that guardrails speak of by subsystem. A raw tracepoint is attached by its event, so a
 * policy may write any subsystem before it: here is the true one.
 */
// biome-ignore format: names are read in lines
const EVENTS: Readonly<Record<string, readonly string[]>> = {
  alarmtimer: [
    'alarmtimer_cancel alarmtimer_fired alarmtimer_start',
  ],
  block: [
    'blk_zone_append_update_request_bio blk_zone_wplug_bio blkdev_zone_mgmt block_bio_backmerge block_bio_complete',
    'block_bio_frontmerge block_bio_queue block_bio_remap block_dirty_buffer block_getrq block_io_done block_io_start',
    'block_plug block_rq_complete block_rq_error block_rq_insert block_rq_issue block_rq_merge block_rq_remap',
    'block_rq_requeue block_split block_touch_buffer block_unplug disk_zone_wplug_add_bio',
  ],
  bpf_trace: [
    'bpf_trace_printk',
  ],
  csd: [
    'csd_function_entry csd_function_exit csd_queue_cpu',
  ],
  exceptions: [
    'page_fault_kernel page_fault_user',
  ],
  ipi: [
    'ipi_send_cpu ipi_send_cpumask',
  ],
  irq: [
    'irq_handler_entry irq_handler_exit softirq_entry softirq_exit softirq_raise tasklet_entry tasklet_exit',
  ],
  irq_vectors: [
    'call_function_entry call_function_exit call_function_single_entry call_function_single_exit error_apic_entry',
    'error_apic_exit irq_work_entry irq_work_exit local_timer_entry local_timer_exit reschedule_entry reschedule_exit',
    'spurious_apic_entry spurious_apic_exit thermal_apic_entry thermal_apic_exit vector_activate vector_alloc',
    'vector_alloc_managed vector_clear vector_config vector_deactivate vector_free_moved vector_reserve',
    'vector_reserve_managed vector_setup vector_teardown vector_update x86_platform_ipi_entry x86_platform_ipi_exit',
  ],
  kmem: [
    'kfree kmalloc kmalloc_node kmem_cache_alloc kmem_cache_alloc_node kmem_cache_free kmem_cache_free_bulk',
    'mm_calculate_totalreserve_pages mm_page_alloc mm_page_alloc_extfrag mm_page_alloc_zone_locked mm_page_free',
    'mm_page_free_batched mm_page_pcpu_drain mm_setup_per_zone_lowmem_reserve mm_setup_per_zone_wmarks rss_stat',
  ],
  lock: [
    'contention_begin contention_end lock_acquire lock_acquired lock_contended lock_release',
  ],
  napi: [
    'dql_stall_detected napi_poll',
  ],
  net: [
    'napi_gro_frags_entry napi_gro_frags_exit napi_gro_receive_entry napi_gro_receive_exit net_dev_queue net_dev_start_xmit',
    'net_dev_xmit net_dev_xmit_timeout netif_receive_skb netif_receive_skb_entry netif_receive_skb_exit',
    'netif_receive_skb_list_entry netif_receive_skb_list_exit netif_rx netif_rx_entry netif_rx_exit',
  ],
  nmi: [
    'nmi_handler nmi_noise',
  ],
  nvme: [
    'nvme_async_event nvme_complete_rq nvme_setup_cmd nvme_sq',
  ],
  power: [
    'cpu_frequency cpu_frequency_limits cpu_idle cpu_idle_miss dev_pm_qos_add_request dev_pm_qos_remove_request',
    'dev_pm_qos_update_request guest_halt_poll_ns pm_qos_add_request pm_qos_remove_request pm_qos_update_flags',
    'pm_qos_update_request pm_qos_update_target pstate_sample suspend_resume wakeup_source_activate',
    'wakeup_source_deactivate',
  ],
  preemptirq: [
    'irq_disable irq_enable preempt_disable preempt_enable',
  ],
  printk: [
    'console',
  ],
  qdisc: [
    'qdisc_create qdisc_dequeue qdisc_destroy qdisc_enqueue qdisc_reset',
  ],
  raw_syscalls: [
    'sys_enter sys_exit',
  ],
  rcu: [
    'rcu_batch_end rcu_batch_start rcu_callback rcu_grace_period rcu_invoke_callback rcu_stall_warning rcu_utilization',
  ],
  sched: [
    'sched_kthread_stop sched_kthread_stop_ret sched_kthread_work_execute_end sched_kthread_work_execute_start',
    'sched_kthread_work_queue_work sched_migrate_task sched_move_numa sched_pi_setprio sched_prepare_exec',
    'sched_process_exec sched_process_exit sched_process_fork sched_process_free sched_process_hang sched_process_wait',
    'sched_skip_cpuset_numa sched_skip_vma_numa sched_stat_blocked sched_stat_iowait sched_stat_runtime sched_stat_sleep',
    'sched_stat_wait sched_stick_numa sched_swap_numa sched_switch sched_wait_task sched_wake_idle_without_ipi sched_wakeup',
    'sched_wakeup_new sched_waking',
  ],
  scsi: [
    'scsi_dispatch_cmd_done scsi_dispatch_cmd_error scsi_dispatch_cmd_start scsi_dispatch_cmd_timeout',
  ],
  signal: [
    'signal_deliver signal_generate',
  ],
  skb: [
    'consume_skb kfree_skb skb_copy_datagram_iovec',
  ],
  sock: [
    'inet_sk_error_report inet_sock_set_state sk_data_ready sock_exceed_buf_limit sock_rcvqueue_full sock_recv_length',
    'sock_send_length',
  ],
  tcp: [
    'tcp_ao_handshake_failure tcp_bad_csum tcp_cong_state_set tcp_destroy_sock tcp_hash_ao_required tcp_hash_bad_header',
    'tcp_hash_md5_mismatch tcp_hash_md5_required tcp_hash_md5_unexpected tcp_probe tcp_rcv_space_adjust tcp_rcvbuf_grow',
    'tcp_receive_reset tcp_retransmit_skb tcp_retransmit_synack tcp_send_reset tcp_sendmsg_locked',
  ],
  timer: [
    'hrtimer_cancel hrtimer_expire_entry hrtimer_expire_exit hrtimer_init hrtimer_setup hrtimer_start itimer_expire',
    'itimer_state tick_stop timer_base_idle timer_cancel timer_expire_entry timer_expire_exit timer_init timer_start',
  ],
  udp: [
    'udp_fail_queue_rcv_skb',
  ],
  workqueue: [
    'workqueue_activate_work workqueue_execute_end workqueue_execute_start workqueue_queue_work',
  ],
  writeback: [
    'balance_dirty_pages bdi_dirty_ratelimit flush_foreign folio_wait_writeback global_dirty_state inode_foreign_history',
    'inode_switch_wbs inode_switch_wbs_queue sb_clear_inode_writeback sb_mark_inode_writeback track_foreign_dirty',
    'wbc_writepage writeback_bdi_register writeback_dirty_folio writeback_dirty_inode writeback_dirty_inode_enqueue',
    'writeback_dirty_inode_start writeback_exec writeback_lazytime writeback_lazytime_iput writeback_mark_inode_dirty',
    'writeback_pages_written writeback_queue writeback_queue_io writeback_sb_inodes_requeue writeback_single_inode',
    'writeback_single_inode_start writeback_start writeback_wait writeback_wake_background writeback_write_inode',
    'writeback_write_inode_start writeback_written',
  ],
  xdp: [
    'bpf_xdp_link_attach_failed mem_connect mem_disconnect xdp_bulk_tx xdp_cpumap_enqueue xdp_cpumap_kthread',
    'xdp_devmap_xmit xdp_exception xdp_redirect xdp_redirect_err',
  ],
};

const SUBSYSTEMS: ReadonlyMap<string, string> = new Map(
  Object.entries(EVENTS).flatMap(([subsystem, lines]) =>
    lines.flatMap((line) => line.split(' ').map((event) => [event, subsystem] as const)),
  ),
);

/** Undefined for an event that is in none of these subsystems. */
export function subsystemOf(event: string): string | undefined {
  return SUBSYSTEMS.get(event);
}
