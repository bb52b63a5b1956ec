{#- A score on the scale of its survey item, from 0 (worst) to 100 (best): reversed items are turned. NULL where the item
    has no scale or the score lies outside it. `item` is the relation with scale_min, scale_max and is_reversed. -#}
{% macro score_100(score, item) -%}
    {%- set distance -%}
        100 * case
            when {{ item }}.is_reversed then {{ item }}.scale_max - {{ score }}
            else {{ score }} - {{ item }}.scale_min
        end
    {%- endset -%}
    case
        when {{ score }} between {{ item }}.scale_min and {{ item }}.scale_max
            then {{ ratio(distance, item ~ '.scale_max - ' ~ item ~ '.scale_min') }}
    end
{%- endmacro %}
