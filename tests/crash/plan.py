"""How many kills each test makes, for each set of its parameters: a test that made another number fails."""

from collections.abc import Mapping

KILLS: Mapping[str, int] = {
    "test_a_killed_coordinator_is_followed_by_the_next[stages0]": 3,
    "test_a_killed_coordinator_is_followed_by_the_next[stages1]": 3,
    "test_a_killed_process_of_the_crew_costs_nothing": 4,
    "test_a_killed_foreman_ends_the_run_which_the_next_continues": 2,
    "test_a_killed_delivery_is_followed_by_the_next": 2,
    "test_two_campaigns_in_one_home": 2,
    "test_what_dead_processes_left_is_swept_at_the_next_start": 2,
    "test_workers_and_coordinator_are_killed": 3,
    "test_what_works_below_workers_is_killed": 5,
    "test_pushes_are_taken_over_by_a_machine_without_mirrors": 2,
    "test_the_server_is_killed_and_started_again": 1,
    "test_who_asked_for_the_work_bears_with_an_outage": 2,
}
