{{ value_trends(ref('int_lifecycle__present_windows')) }}
