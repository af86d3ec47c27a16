# SPDX-License-Identifier: MIT
# A server in sh: a question is a line such as {"task":"square","args":{"x":3},"id":1}.
while read -r question; do
    x=${question#*'"x":'}
    x=${x%%[,\}]*}
    echo "{\"result\": $((x * x))}"
done
