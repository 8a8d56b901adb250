"""Functions a query may call, by DuckDB's names. Everything else is refused.

The list holds only functions of their arguments: none reads a file, a setting, the environment, a
secret, another query given as text, or the catalogue.
"""

_NUMBERS = """
abs acos acosh add asin asinh atan atan2 bit_count cbrt ceil ceiling cos cot degrees divide even exp factorial
floor fmod gamma gcd greatest greatest_common_divisor isfinite isinf isnan lcm
least least_common_multiple lgamma ln log log10 log2 mod multiply nextafter pi pow power radians
random round round_even sign sin sqrt subtract tan trunc xor
"""

_TEXTS = """
array_extract ascii bar base64 bin bit_length char_length character_length chr concat concat_ws contains
damerau_levenshtein ends_with format formatreadabledecimalsize formatreadablesize format_bytes
from_base64 from_hex
hamming hash hex instr jaccard jaro_similarity jaro_winkler_similarity lcase left
left_grapheme length length_grapheme len levenshtein like_escape ilike_escape lower lpad ltrim md5
mismatches nfc_normalize not_ilike_escape not_like_escape octet_length ord
parse_dirname parse_dirpath parse_filename parse_path position prefix printf regexp_escape
regexp_extract regexp_extract_all regexp_full_match regexp_matches regexp_replace regexp_split_to_array
regexp_split_to_table repeat replace reverse right right_grapheme rpad rtrim sha1 sha256 split
split_part starts_with str_split str_split_regex string_split string_split_regex string_to_array strip_accents
strlen strpos substr substring substring_grapheme suffix to_base64 to_hex translate trim ucase
unbin unhex unicode upper url_decode url_encode
"""

_LISTS = """
aggregate apply array_aggr array_aggregate array_append array_apply array_cat array_concat
array_contains array_distinct array_filter array_grade_up array_has array_has_all array_has_any
array_indexof array_intersect array_length array_pop_back array_pop_front array_position
array_prepend array_push_back array_push_front array_reduce array_resize array_reverse
array_reverse_sort array_select array_slice array_sort array_to_string array_transform
array_unique array_value array_where array_zip cardinality element_at filter flatten
generate_series grade_up list_aggr list_aggregate list_any_value list_append list_apply list_avg
list_cat list_concat list_contains list_count list_distinct list_element list_extract list_filter
list_first list_grade_up list_has list_has_all list_has_any list_indexof list_intersect
list_last list_max list_median list_min list_mode list_pack list_position list_prepend list_reduce
list_resize list_reverse list_reverse_sort list_select list_slice list_sort list_string_agg list_sum
list_transform list_unique list_value list_where list_zip map map_concat map_contains map_entries
map_extract map_extract_value map_from_entries map_keys map_values range reduce row struct_concat
struct_contains struct_extract struct_extract_at struct_insert struct_pack struct_position
struct_update struct_values unnest unpivot_list
"""

_JSON = """
array_to_json from_json json json_array json_array_length json_contains json_each json_exists
json_extract json_extract_path json_extract_path_text json_extract_string json_group_array
json_group_object json_keys json_merge_patch json_object json_pretty json_quote json_structure
json_transform json_transform_strict json_tree json_type json_valid json_value row_to_json to_json
"""

_TIMES = """
age century current_date current_localtime current_localtimestamp current_timestamp date_add
date_diff date_part date_sub date_trunc datediff datepart datesub datetrunc day dayname dayofmonth
dayofweek dayofyear decade epoch epoch_ms epoch_ns epoch_us era extract get_current_timestamp hour
isodow isoyear julian last_day make_date make_time make_timestamp make_timestamp_ms
make_timestamptz microsecond millennium millisecond minute month monthname now quarter second
strftime strptime time_bucket timezone to_days to_hours to_minutes to_months to_seconds
to_timestamp to_weeks to_years today transaction_timestamp try_strptime week weekday weekofyear
year yearweek
"""

_CHOICES = """
coalesce equi_width_bins if ifnull isnull nullif try typeof
"""

_AGGREGATES = """
any_value approx_count_distinct approx_quantile approx_top_k arbitrary arg_max arg_max_null
arg_min arg_min_null argmax argmin array_agg avg bit_and bit_or bit_xor bool_and bool_or corr count
count_if count_star countif covar_pop covar_samp entropy favg first fsum geomean geometric_mean
group_concat grouping grouping_id histogram histogram_exact kurtosis kurtosis_pop last list listagg
mad max max_by mean median min min_by mode product quantile quantile_cont quantile_disc
regr_avgx regr_avgy regr_count regr_intercept regr_r2 regr_slope regr_sxx regr_sxy regr_syy
reservoir_quantile sem skewness stddev stddev_pop stddev_samp string_agg sum sum_no_overflow
sumkahan kahan_sum var_pop var_samp variance weighted_avg wavg
"""

_WINDOWS = """
cume_dist dense_rank fill first_value lag last_value lead nth_value ntile percent_rank rank
rank_dense row_number
"""

ALLOWED_FUNCTIONS: frozenset[str] = frozenset(
    " ".join((_NUMBERS, _TEXTS, _LISTS, _JSON, _TIMES, _CHOICES, _AGGREGATES, _WINDOWS)).split()
)
"""Scalar, aggregate, window and table functions that a query may name, lower case."""

_CHANCE_AND_TIME = """
random now today current_date current_localtime current_localtimestamp current_timestamp
get_current_timestamp transaction_timestamp age
"""
UNPREDICTABLE: frozenset[str] = frozenset(_CHANCE_AND_TIME.split())
"""Allowed functions whose value is not decided by their arguments alone."""

_GRAMMAR = """
all and any as by case cast columns cross cube distinct else end escape except exclude exists extract
filter from group having ilike in inner intersect interval is join lambda lateral left like limit
materialized not null offset on or order over overlay partition qualify recursive replace right
rollup rename row select sets similar some then try_cast union using values when where window
with within
array bigint bit blob boolean char date datetime decimal dec double enum float hugeint int integer
interval list map numeric real smallint struct text time timestamp timestamptz tinyint ubigint
uinteger union usmallint utinyint uuid varchar
"""
SYNTAX: frozenset[str] = frozenset(_GRAMMAR.split())
"""Words of the language itself that may stand before a parenthesis without being a call."""
